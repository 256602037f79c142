package main

// Compiled into the Python language host (see ../../build.py). The host is older than the engine:
// the engine names a plugin in fields that the host's protocol does not have, and the host would run
// the program of the current folder instead.

import (
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of today's RunPluginRequest and of its ProgramInfo, in pulumi/language.proto.
const (
	infoField             protowire.Number = 5
	kindField             protowire.Number = 6
	programDirectoryField protowire.Number = 2
)

// pluginArguments returns what Python is started with: for a policy pack its runner, for any other
// plugin the folder of its program.
func pluginArguments(request *pulumirpc.RunPluginRequest) []string {
	unknown := request.ProtoReflect().GetUnknown()
	folder := string(field(field(unknown, infoField), programDirectoryField))
	switch {
	case folder == "":
		return append([]string{request.Program}, request.Args...)
	case string(field(unknown, kindField)) == "analyzer":
		arguments := append([]string{"-u", "-m", "pulumi.policy"}, request.Args...)
		return append(arguments, folder)
	default:
		return append([]string{"-u", folder}, request.Args...)
	}
}

// field returns the value of a field of bytes in an encoded message, nil if there is none.
func field(message []byte, wanted protowire.Number) []byte {
	for len(message) > 0 {
		number, kind, tag := protowire.ConsumeTag(message)
		if tag < 0 {
			return nil
		}
		value := protowire.ConsumeFieldValue(number, kind, message[tag:])
		if value < 0 {
			return nil
		}
		if number == wanted && kind == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(message[tag:])
			return content
		}
		message = message[tag+value:]
	}
	return nil
}
