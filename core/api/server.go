package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// SocketName is the socket's name in the runtime directory.
const SocketName = "sentinel.sock"

// ErrUnknown says that there is nothing of a name.
var ErrUnknown = errors.New("unknown")

// Source answers the questions.
type Source interface {
	// Status returns a snapshot.
	Status(ctx context.Context) (Status, error)
	// Explain tells the story of an instance, or returns an error that is
	// [ErrUnknown].
	Explain(ctx context.Context, name string) (Explanation, error)
	// Reload reads the configuration again, and returns when it is in force or is
	// known not to be valid.
	Reload(ctx context.Context) (Reload, error)
}

// answerTimeout bounds a question, from its first byte to the last of the answer.
const answerTimeout = 10 * time.Second

// Server answers on a control socket. Make one with [Listen].
type Server struct {
	listener net.Listener
	server   *http.Server
}

// Listen opens the control socket of a runtime directory, which the caller has
// locked: what an earlier process left there is replaced. Only the owner of the
// process and root may connect.
func Listen(directory string, source Source, log *slog.Logger) (*Server, error) {
	path := filepath.Join(directory, SocketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	private := net.ListenConfig{Control: makePrivate}
	listener, err := private.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		answer(w, func() (any, error) { return source.Status(r.Context()) })
	})
	mux.HandleFunc("GET /v1/explain", func(w http.ResponseWriter, r *http.Request) {
		answer(w, func() (any, error) { return source.Explain(r.Context(), r.URL.Query().Get("name")) })
	})
	mux.HandleFunc("POST /v1/reload", func(w http.ResponseWriter, r *http.Request) {
		answer(w, func() (any, error) { return source.Reload(r.Context()) })
	})
	return &Server{listener: listener, server: &http.Server{
		Handler:           http.TimeoutHandler(mux, answerTimeout, `{"error":"the agent does not answer"}`),
		ReadHeaderTimeout: answerTimeout, WriteTimeout: answerTimeout, IdleTimeout: answerTimeout,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// makePrivate sets the mode that a socket's file will have, whatever the umask is: whoever
// connects before it is changed stays connected.
func makePrivate(_, _ string, socket syscall.RawConn) (err error) {
	set := socket.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) })
	return errors.Join(set, err)
}

// Serve answers until Close.
func (s *Server) Serve() error {
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

// Close ends Serve, cuts off who is still being answered, and removes the socket.
func (s *Server) Close() error { return s.server.Close() }

// failure is the document of an answer that is an error.
type failure struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, ask func() (any, error)) {
	w.Header().Set("Content-Type", "application/json")
	document, err := ask()
	if err != nil {
		code := http.StatusInternalServerError
		if errors.Is(err, ErrUnknown) {
			code = http.StatusNotFound
		}
		w.WriteHeader(code)
		document = failure{err.Error()}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(document) // whoever asked may have gone
}
