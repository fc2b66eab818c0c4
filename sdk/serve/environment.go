package serve

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"google.golang.org/grpc"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// environment puts right, before the first call is served, what go-plugin leaves
// behind: it has replaced the standard streams by pipes that only its own client
// reads, and needs its variables until then.
type environment struct {
	stderr *os.File
	once   sync.Once
}

func (e *environment) prepare() {
	os.Stdout, os.Stderr = e.stderr, e.stderr
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "PLUGIN_") || name == wire.CookieName {
			os.Unsetenv(name)
		}
	}
}

// unary wraps every call with one answer.
func (e *environment) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (answer any, err error) {
	e.once.Do(e.prepare)
	defer contain(info.FullMethod, &err)
	return next(ctx, request)
}

// stream wraps every call with a stream of answers.
func (e *environment) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	e.once.Do(e.prepare)
	defer contain(info.FullMethod, &err)
	return next(server, stream)
}

// contain makes a panic an error. It is to be deferred. What comes out of a
// configuration's validation may hold a secret of it.
func contain(where string, err *error) {
	if p := recover(); p != nil {
		if where == wire.Plugin_Validate_FullMethodName {
			p = "its value is not shown"
		}
		slog.Error("panic", "in", where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		*err = fmt.Errorf("panic: %v", p)
	}
}
