package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// huge is what no message may be.
func huge() string { return strings.Repeat("x", 50<<20) }

// raw is a plugin that knows sdk/plugin.proto and nothing else: no SDK, no TLS, no
// pulse.
type raw struct {
	describe, track, deliver func(grpc.ServerStream) error // nil: as they should be
	deaf                     bool                          // it listens, and accepts nothing
	stubborn                 bool                          // it does not end when it is told to
}

// noise is no message.
const noise = "\xff\xff\xff\xff"

// raws are those there are, by their type.
var raws = map[string]*raw{
	"deaf":    {deaf: true},
	"stuck":   {describe: hold},
	"vast":    {describe: func(stream grpc.ServerStream) error { return stream.SendMsg(field(1, huge())) }},
	"empty":   {describe: sending("")},
	"noise":   {describe: sending(noise)},
	"long":    {track: rampaging(func(stream grpc.ServerStream) error { return stream.SendMsg(healthy(huge())) })},
	"endless": {track: rampaging(endless)},
	"garbled": {track: rampaging(sending(noise))},
	"wordy":   {track: rampaging(failing), deliver: failing},
	"gabby":   {deliver: func(stream grpc.ServerStream) error { return stream.SendMsg(field(2, huge())) }},
	"mute":    {deliver: hold, stubborn: true},
	"final":   {deliver: final},
	"lag":     {describe: sending(field(3, field(1, "lag")+whole(5, 1))), track: lagging},
}

// serve is its main function.
func (r *raw) serve(name string) {
	socket := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/raw"
	listener, err := net.Listen("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("1|1|unix|%s|grpc\n", socket)
	if r.deaf {
		select {}
	}
	if !r.stubborn {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(verbatim{}), grpc.MaxSendMsgSize(1<<30),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error { return r.call(name, stream) }))
	_ = server.Serve(listener)
}

// call answers a call of any method.
func (r *raw) call(name string, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	switch path.Base(method) {
	case "Describe":
		return orElse(r.describe, sending(portrait(name)))(stream)
	case "Track":
		return orElse(r.track, rampaging(hold))(stream)
	case "Deliver":
		return orElse(r.deliver, sending(""))(stream)
	}
	return status.Error(codes.Unimplemented, "")
}

func orElse(f, otherwise func(grpc.ServerStream) error) func(grpc.ServerStream) error {
	if f != nil {
		return f
	}
	return otherwise
}

// hold neither reads nor answers.
func hold(stream grpc.ServerStream) error {
	<-stream.Context().Done()
	return stream.Context().Err()
}

// final is a hook that listens to nothing but the end, which it writes to notes.
func final(stream grpc.ServerStream) error {
	var request string
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	line, end := "held", strings.Contains(request, field(10, "stopped"))
	if end {
		line = "stopped"
	}
	f, err := os.OpenFile(notes, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line); err != nil || !end {
		return errors.Join(err, hold(stream))
	}
	return stream.SendMsg("")
}

// sending sends one message.
func sending(message string) func(grpc.ServerStream) error {
	return func(stream grpc.ServerStream) error { return stream.SendMsg(message) }
}

// failing fails in many words.
func failing(grpc.ServerStream) error { return status.Error(codes.Internal, huge()) }

// endless sends samples as fast as it can.
func endless(stream grpc.ServerStream) error {
	for {
		if err := stream.SendMsg(healthy("all is well")); err != nil {
			return err
		}
	}
}

// rampaging says that all is well until it goes wrong.
func rampaging(wrong func(grpc.ServerStream) error) func(grpc.ServerStream) error {
	return func(stream grpc.ServerStream) error {
		for !rampant() {
			if err := stream.SendMsg(healthy("all is well")); err != nil {
				return err
			}
			time.Sleep(every)
		}
		return wrong(stream)
	}
}

// lagging measures 40, until there is nothing to measure.
func lagging(stream grpc.ServerStream) error {
	for {
		sample := whole(1, 1) + whole(2, 40) + field(3, "40 s behind")
		if rampant() {
			sample = whole(1, 2) + field(3, "connection refused")
		}
		if err := stream.SendMsg(field(1, sample)); err != nil {
			return err
		}
		time.Sleep(every)
	}
}

// field is a field of a message that is a string or a message.
func field(number protowire.Number, value string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value))
}

// whole is a field of a message that is a number. 1 is the verdict HEALTHY, the kind
// STRING, and true.
func whole(number protowire.Number, value uint64) string {
	return string(protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), value))
}

// portrait describes a tracker and a notifier with one attribute.
func portrait(name string) string {
	about := field(1, name) + field(3, field(1, "text")+field(3, whole(1, 1)))
	return field(1, "0.0.1") + field(3, about) + field(4, about)
}

// healthy is what a tracker sends.
func healthy(reason string) string { return field(1, whole(1, 1)+field(3, reason)) }

// verbatim is a codec of messages that are strings already.
type verbatim struct{}

var _ encoding.CodecV2 = verbatim{}

func (verbatim) Name() string { return "proto" }

func (verbatim) Marshal(message any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(message.(string))}, nil
}

func (verbatim) Unmarshal(data mem.BufferSlice, message any) error {
	*message.(*string) = string(data.Materialize())
	return nil
}
