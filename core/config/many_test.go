package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManyAddresses: how many addresses an advertisement has room for.
func TestManyAddresses(t *testing.T) {
	tests := []struct {
		name, format string
		count        int
		rest         string
		want         []string
	}{
		{"all that IPv4 can count", "192.0.%d.%d/32", 255, "", nil},
		{"one more", "192.0.%d.%d/32", 256, "", []string{"Error: Too many addresses"}},
		{"one more that is not advertised", "192.0.%d.%d/32", 255, "virtual_address \"10.0.0.1/32\" { advertise = false }", nil},
		{"a full frame of IPv6", "fe80::%d:%d/64", 90, "", nil},
		{"more than a frame", "fe80::%d:%d/64", 91, "", []string{"Warning: Large advertisement"}},
		{"far more", "fe80::%d:%d/64", 256, "", []string{"Error: Too many addresses"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addresses := make([]string, tt.count)
			for i := range addresses {
				addresses[i] = fmt.Sprintf("%q", fmt.Sprintf(tt.format, i/200, i%200+1))
			}
			_, report := loadText(t, "ha.hcl", "vrrp \"a\" {\ninterface = \"eth0\"\nversion = 3\nvirtual_router_id = 1\nvirtual_addresses = [\n"+
				strings.Join(addresses, ",\n")+"]\n"+tt.rest+"\n}\n")
			if diff := cmp.Diff(tt.want, summaries(t, report)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
