package serve

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// TestContain: a panic is logged and an error; of one that comes out of a validation
// nobody is shown the value, which may be a secret.
func TestContain(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	for method, shown := range map[string]bool{
		wire.Plugin_Describe_FullMethodName: true,
		wire.Plugin_Validate_FullMethodName: false,
	} {
		var log bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		e := &environment{stderr: os.Stderr}
		e.once.Do(func() {}) // the streams of a test are its own
		_, err := e.unary(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: method}, func(context.Context, any) (any, error) { panic("s3cret") })
		if err == nil || strings.Contains(err.Error(), "s3cret") != shown {
			t.Errorf("%s: %v", method, err)
		}
		if strings.Contains(log.String(), "s3cret") != shown || !strings.Contains(log.String(), "environment_test.go") {
			t.Errorf("%s: %s", method, &log)
		}
	}
}
