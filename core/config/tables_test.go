package config

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestExamples: what messages tell people to write can be written.
func TestExamples(t *testing.T) {
	for _, s := range shapes {
		for _, a := range s.attributes {
			if _, diags := hclsyntax.ParseExpression([]byte(a.example), "", hcl.InitialPos); diags.HasErrors() {
				t.Errorf("%s = %s: %v", a.name, a.example, diags)
			}
		}
		if s.example == "" {
			continue
		}
		header := strings.ReplaceAll(s.example, "{ ... }", "{}")
		if _, diags := hclsyntax.ParseConfig([]byte(header), "", hcl.InitialPos); diags.HasErrors() {
			t.Errorf("%s: %v", s.example, diags)
		}
	}
}

// TestWords: every word that people bring from keepalived, and every name that
// is planned, has an answer, and none of them is a name of ours.
func TestWords(t *testing.T) {
	words := strings.Fields(`
		vrrp_instance vrrp_script vrrp_sync_group global_defs virtual_ipaddress virtual_ipaddress_excluded
		nopreempt advert_int auth_type auth_pass track_script track_interface track_file track_process track_bfd state
		unicast_peer unicast_src_ip mcast_src_ip mcast_dst_ip garp_master_delay garp_master_repeat garp_master_refresh
		garp_master_refresh_repeat garp_lower_prio_delay garp_lower_prio_repeat garp_interval gna_interval garp_extra_if
		vrrp_garp_master_delay vrrp_garp_master_repeat vrrp_garp_master_refresh vrrp_garp_lower_prio_delay vrrp_garp_interval
		vrrp_gna_interval vrrp_garp_extra_if vrrp_min_garp no_accept dont_track_primary use_vmac vmac_xmit_base use_ipvlan
		virtual_routes virtual_rules notify_master notify_backup notify_fault notify_stop notify_deleted notify_fifo
		notify_master_rx_lower_pri notify_priority_changes smtp_alert smtp_server smtp_connect_timeout notification_email
		notification_email_from v3_checksum_as_v2 strict_mode check_unicast_src skip_check_adv_addr native_ipv6 vrrp_version
		vrrp_startup_delay vrrp_delay_after_boot virtual_server virtual_server_group real_server lvs_sync_daemon router_id
		script_user enable_script_security dynamic_interfaces vrrp_strict vrrp_skip_check_adv_addr vrrp_check_unicast_src
		vrrp_mcast_group4 vrrp_mcast_group6 vrrp_iptables vrrp_priority vrrp_rt_priority vrrp_no_swap vrrp_rlimit_rttime
		vrrp_cpu_affinity vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes vrrp_track_process
		vrrp_track_file static_ipaddress static_routes static_rules linkbeat_use_polling linkbeat_interfaces
		interface_up_down_delays old_unicast_checksum timer_expired_backup down_timer_adverts owner_ignore_adverts
		lower_prio_no_advert higher_prio_send_advert net_namespace instance use_pid_dir enable_snmp_vrrp enable_dbus
		snmp_socket nftables nftables_priority max_auto_priority unicast_ttl unicast_fault_no_peer track_src_ip
		no_virtual_ipaddress promote_secondaries init_fail bfd_instance include reload_check_config reload_time_file
		param_match full_command fork_delay terminate_delay dev brd no_track nodad noprefixroute umask
		vmac virtual_route virtual_rule auth_hmac bfd linkbeat`)
	for _, word := range words {
		if _, ok := reserved(word); !ok {
			t.Errorf("no answer to %q", word)
		}
	}
	for _, word := range slices.Concat(slices.Collect(maps.Keys(planned)), slices.Collect(maps.Keys(keepalived))) {
		word = strings.TrimSuffix(word, "*")
		if isSetting(word) || homeOf(word) != nil {
			t.Errorf("%q is a name of ours", word)
		}
		advice, _ := reserved(word)
		if advice.summary == "" || !strings.HasSuffix(advice.detail, ".") && !strings.HasSuffix(advice.detail, "}") {
			t.Errorf("%q: %q does not end", word, advice.detail)
		}
	}
}

// TestRepeats: whether a text can be shown to those who must not see a secret.
func TestRepeats(t *testing.T) {
	for _, c := range []struct {
		text   string
		secret any
		want   bool
	}{
		{"url must begin with http:// or https://", "hooks.example/T0/B1", false},
		{"url must begin with http:// or https://", "http:/hooks.example", false},
		{`parse "https://Hooks.example:x": invalid port`, "https://hooks.example:x", true},
		{"user is unknown", "user:geheim", true},
		{"no geheim", []any{"x", map[string]any{"X-Key": "Geheim"}}, true},
		{"no X-Key", map[string]any{"X-Key": "Geheim"}, false},
		{"is at most 99", int64(4711), false},
		{"4711 is too much", int64(4711), true},
		{"must not be empty", "", false},
		{"the a is wrong", "a", true},
	} {
		if got := repeats(c.text, c.secret); got != c.want {
			t.Errorf("%q repeats %v: %v", c.text, c.secret, got)
		}
	}
}

// TestSecretNames: which names make a value a secret.
func TestSecretNames(t *testing.T) {
	for _, name := range []string{"password", "Password", "auth_pass", "passwd", "pass", "pasword", "passwrod", "db_password", "client_secret", "auth_hmac"} {
		if !isSecretName(name) {
			t.Errorf("%q is shown", name)
		}
	}
	for _, s := range shapes {
		for _, name := range s.names() {
			if isSecretName(name) != (name == "password") {
				t.Errorf("%q: %v", name, isSecretName(name))
			}
		}
	}
}

// TestMasked: what is starred out of a text by the names in it.
func TestMasked(t *testing.T) {
	tests := []struct{ name, file, in, want string }{
		{"plain", "a.hcl", `x = { db_password = "hunter2", y = 1 }`, `x = { db_password = "*******", y = 1 }`},
		{"template", "a.hcl", `db_password = "${f("a,b")}"`, `db_password = "***********"`},
		{"reference", "a.hcl", `db_password = var.x`, `db_password = var.x`},
		{"function of a reference", "a.hcl", `db_password = trimspace(file("x"))`, `db_password = trimspace(file("x"))`},
		{"reference and more", "a.hcl", `db_password = coalesce(var.x, "hunter2")`, `db_password = **************************`},
		{"list", "a.hcl", "secrets = [\n  \"a\",\n  \"b\",\n]\nx = 1", "secrets = *\n******\n******\n*\nx = 1"},
		{"text of several lines", "a.hcl", "x = {\n db_pass = <<EOT\nhunter2\n EOTX\n EOT\n}", "x = {\n db_pass = *****\n*******\n*****\n****\n}"},
		{"comment", "a.hcl", "x = 1 # password hun}ter2", "x = 1 # password ********"},
		{"broken", "a.hcl", "auth_pass hun}ter2\n}", "auth_pass ********\n}"},
		{"broken block", "a.hcl", "variable \"password\" {\n  default \"hunter2\"\n}", "variable \"password\" {\n  default \"*******\"\n}"},
		{"JSON", "a.json", `{"secrets": {"a": [1, "b"]}, "c": 1}`, `{"secrets": ***************, "c": 1}`},
		{"JSON template", "a.json", `{"password": "${local.x}y", "c": 1}`, `{"password": "***********", "c": 1}`},
		{"JSON declaration", "a.json", `{"password": {"default": "shown"}}`, `{"password": {"default": "shown"}}`},
		{"broken JSON", "a.json", "{\"password\":\n\"hunter2\" \"c\": 1", "{\"password\":\n\"*******\" \"c\": 1"},
		{"broken variables", "a.vars.hcl", "x = 5\ny = = 6\n", "x = *\ny = ***\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := newSource(tt.file, []byte(tt.in))
			src.parse(&Report{})
			if diff := cmp.Diff(tt.want, string(src.masked)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestNearest: which name a slip is taken for.
func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"prioritiy": "priority", "Priority": "priority", "virtual_adresses": "virtual_addresses", "versoin": "version",
		"vrid": "", "x": "", "acept": "accept", "family_": "family", "startegy": "", "": "", "interfaces": "interface", "advert_intervall": "advert_interval", "unicats": "unicast",
	} {
		if got := nearest(name, vrrpShape.names()); got != want {
			t.Errorf("%q is taken for %q, want %q", name, got, want)
		}
	}
}

// TestListed: a list that is long ends.
func TestListed(t *testing.T) {
	got := listed(slices.Repeat([]string{"a"}, 100))
	if want := strings.Repeat(`"a", `, maxListed-1) + `"a", ...`; got != want {
		t.Errorf("%s", got)
	}
}

func TestWrap(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"short", "a b", "a b"},
		{"words", "one two three four", "one two\nthree four"},
		{"assignment", "write name = value", "write\nname = value"},
		{"block", "a b c unicast { ttl = 5 } d", "a b c\nunicast { ttl = 5 }\nd"},
		{"list", "a b peers = [1, 2, 3] c", "a b\npeers = [1, 2, 3]\nc"},
		{"lines stay", "a\n\nb", "a\n\nb"},
		{"lone bracket", "a { b c d e f", "a { b c d\ne f"},
		{"too long", "aaaaaaaaaaaaaaaaaaa b", "aaaaaaaaaaaaaaaaaaa\nb"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wrap(tt.in, 10)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestShort: durations as one would type them.
func TestShort(t *testing.T) {
	for in, want := range map[string]string{
		"0s": "0s", "10ms": "10ms", "1500ms": "1.5s", "40950ms": "40.95s", "255s": "255s", "1h": "1h", "90m": "5400s", "15us": "15µs",
	} {
		d, wrong := duration(0, 1<<62)(textValue(in))
		if got := short(d); wrong != "" || got != want {
			t.Errorf("%s is written %s (%s), want %s", in, got, wrong, want)
		}
	}
}

// TestInterfaceNames: what Linux takes for an interface's name.
func TestInterfaceNames(t *testing.T) {
	for name, valid := range map[string]bool{
		"eth0": true, "eth0.100": true, "br-1234567890ab": true, "wg_0": true, "a": true, "ü0": true, "lo": true,
		"": false, ".": false, "..": false, "eth0:1": false, "a/b": false, "a b": false, "a\tb": false, "eth%d": false,
		"sixteen-bytes-00": false, "\x01": false,
	} {
		if _, wrong := interfaceName(textValue(name)); (wrong == "") != valid {
			t.Errorf("%q: %q", name, wrong)
		}
	}
}

// TestHostPort: what http can be.
func TestHostPort(t *testing.T) {
	for address, valid := range map[string]bool{
		"127.0.0.1:9650": true, "[::1]:9650": true, ":80": true, "localhost:1": true, "ha-1.example.com:65535": true,
		"": false, "9650": false, "127.0.0.1": false, "127.0.0.1:": false, "127.0.0.1:0": false, "127.0.0.1:65536": false,
		"::1:9650": false, "a b:80": false, "-a:80": false, "localhost:http": false, "http://localhost:80": false,
	} {
		if _, wrong := hostPort(textValue(address)); (wrong == "") != valid {
			t.Errorf("%q: %q", address, wrong)
		}
	}
}
