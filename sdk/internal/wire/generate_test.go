package wire

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

var update = flag.Bool("update", false, "write the generated files")

// TestGenerated: the generated files are those of plugin.proto. With -update it
// writes them. Nothing has to be installed for it.
func TestGenerated(t *testing.T) {
	request := generatorRequest(t)
	for _, generator := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		command := exec.Command("go", "tool", generator)
		command.Stdin, command.Stderr = bytes.NewReader(request), os.Stderr
		output, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v", generator, err)
		}
		var response pluginpb.CodeGeneratorResponse
		if err := proto.Unmarshal(output, &response); err != nil {
			t.Fatal(err)
		}
		if response.Error != nil {
			t.Fatalf("%s: %s", generator, response.GetError())
		}
		for _, file := range response.File {
			if *update {
				if err := os.WriteFile(file.GetName(), []byte(file.GetContent()), 0o666); err != nil {
					t.Fatal(err)
				}
				continue
			}
			have, err := os.ReadFile(file.GetName())
			if err != nil || string(have) != file.GetContent() {
				t.Errorf("%s is not what plugin.proto makes: run go generate ./sdk/internal/wire (%v)", file.GetName(), err)
			}
		}
	}
}

// generatorRequest is what protoc would tell its plugins.
func generatorRequest(t *testing.T) []byte {
	t.Helper()
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{"../.."}}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), "plugin.proto")
	if err != nil {
		t.Fatal(err)
	}
	request := &pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{"plugin.proto"},
		Parameter:      proto.String("paths=source_relative"),
		CompilerVersion: &pluginpb.Version{
			Major: proto.Int32(3), Minor: proto.Int32(21), Patch: proto.Int32(0),
		},
	}
	seen := make(map[string]bool)
	var add func(protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		var descriptor *descriptorpb.FileDescriptorProto
		if result, ok := file.(linker.Result); ok {
			descriptor = result.FileDescriptorProto()
		} else {
			descriptor = protoutil.ProtoFromFileDescriptor(file)
		}
		request.ProtoFile = append(request.ProtoFile, descriptor)
	}
	add(files[0])
	data, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
