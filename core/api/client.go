package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// Client asks the agent behind a control socket.
type Client struct {
	path string
	http http.Client
}

// NewClient returns a client of the socket at a path. Nothing is connected yet.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &Client{path: path, http: http.Client{
		Timeout: answerTimeout, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
	}}
}

// Status asks for a snapshot. raw is the document as it was received.
func (c *Client) Status(ctx context.Context) (status Status, raw []byte, err error) {
	raw, err = c.ask(ctx, http.MethodGet, "/v1/status", StatusSchema, &status)
	return status, raw, err
}

// Explain asks for the story of an instance.
func (c *Client) Explain(ctx context.Context, name string) (explanation Explanation, raw []byte, err error) {
	raw, err = c.ask(ctx, http.MethodGet, "/v1/explain?name="+url.QueryEscape(name), ExplanationSchema, &explanation)
	return explanation, raw, err
}

// Reload lets the agent read its configuration again.
func (c *Client) Reload(ctx context.Context) (reload Reload, raw []byte, err error) {
	raw, err = c.ask(ctx, http.MethodPost, "/v1/reload", ReloadSchema, &reload)
	return reload, raw, err
}

// ask gets a document of a schema.
func (c *Client) ask(ctx context.Context, method, path, schema string, document any) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the agent's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		var f failure
		if err := json.Unmarshal(raw, &f); err != nil || f.Error == "" {
			return nil, fmt.Errorf("the agent answers %s", response.Status)
		}
		return nil, errors.New(f.Error)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("read the agent's answer: %w", err)
	}
	if head.Schema != schema {
		return nil, fmt.Errorf("the agent speaks %s and this program %s: use the agent's own version of sentinel", head.Schema, schema)
	}
	if err := json.Unmarshal(raw, document); err != nil {
		return nil, fmt.Errorf("read the agent's answer: %w", err)
	}
	return raw, nil
}

// unreachable says why nobody answers at the socket, and what to do.
func (c *Client) unreachable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no agent at %s: it is not running, or has another runtime_dir (say which with -socket)", c.path)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no agent at %s: it has ended without removing its socket", c.path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no right to ask the agent at %s: only root and the agent's own user may", c.path)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the agent at %s does not answer: it is stopped or hangs, or the machine is overloaded", c.path)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("the agent at %s has ended before it answered", c.path)
	}
	var reason *url.Error
	if errors.As(err, &reason) {
		err = reason.Err
	}
	return fmt.Errorf("ask the agent at %s: %w", c.path, err)
}
