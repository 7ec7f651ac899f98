package config

import (
	"reflect"
	"strings"

	"aistore/api/wire"
)

// Choices returns the words that the setting of that dotted name can be, or nil
// where it is none of a few words, or there is no such setting.
func Choices(key string) []string {
	leaf, ok := leafType(reflect.TypeFor[File](), key)
	switch {
	case !ok:
		return nil
	case leaf.Kind() == reflect.Bool:
		return []string{"true", "false"}
	case strings.HasSuffix(key, ".compression"):
		return compressions()
	}
	switch key {
	case "role":
		return roles()
	case "log.level":
		return logLevels()
	case "checksum.type":
		return wire.ChecksumTypes()
	case "transport.lz4_block":
		return blockSizes()
	case "keepalivetracker.proxy.name", "keepalivetracker.target.name":
		return trackers()
	case "auth.signature.method":
		return signatureMethods()
	case "write_policy.data", "write_policy.md":
		return []string{wire.WriteImmediate, wire.WriteDelayed, wire.WriteNever}
	case "quorum.voters":
		return []string{"1", "3", "5"}
	}
	return nil
}

// leafType returns the type of the setting of that dotted name.
func leafType(of reflect.Type, key string) (reflect.Type, bool) {
	for name := range strings.SplitSeq(key, ".") {
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if !isSection(of) {
			return nil, false
		}
		member, ok := field(reflect.New(of).Elem(), name)
		if !ok {
			return nil, false
		}
		of = member.Type()
	}
	return of, !isSection(of)
}

func roles() []string { return []string{RoleProxy, RoleTarget, RoleAll} }
func logLevels() []string {
	return []string{"error", "warn", "info", "debug", "0", "1", "2", "3", "4", "5"}
}
func compressions() []string { return []string{wire.CompressNever, wire.CompressAlways} }
func blockSizes() []string   { return []string{"64KiB", "256KiB", "1MiB", "4MiB"} }
func trackers() []string     { return []string{"heartbeat", "average"} }

func signatureMethods() []string {
	return []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512"}
}
