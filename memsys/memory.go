package memsys

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"aistore/errs"
	"aistore/internal/units"
)

// Memory is what a process may use: the machine's memory, or what the control
// groups that it is in leave of it, version 1 or 2, the tightest counting.
type Memory struct {
	Total     units.Size // or the limit
	Available units.Size // can be had without swapping; caches that can be dropped count as available
	SwapUsed  units.Size // on the machine
}

// ReadMemory reads proc/meminfo, proc/self/cgroup and the files of sys/fs/cgroup
// below root. Errors: Unsupported (there is no proc/meminfo, or it makes no
// sense). Control groups that cannot be read do not limit.
func ReadMemory(root fs.FS) (Memory, error) {
	const op, file = "memsys.ReadMemory", "proc/meminfo"
	content, err := fs.ReadFile(root, file)
	if err != nil {
		return Memory{}, errs.E(op, file, errs.Unsupported, err)
	}
	fields := parseFields(content)
	memory := Memory{
		Total:     fields["MemTotal:"] * units.KiB,
		Available: fields["MemAvailable:"] * units.KiB,
		SwapUsed:  max(0, fields["SwapTotal:"]-fields["SwapFree:"]) * units.KiB,
	}
	if memory.Total <= 0 {
		return Memory{}, errs.E(op, file, errs.Unsupported, nil)
	}
	for _, group := range controlGroups(root) {
		group.tighten(root, &memory)
	}
	return memory, nil
}

// controlGroup is one directory of a control group tree, with the names that
// its version gives to things.
type controlGroup struct {
	dir                        string
	limit, usage, inactiveFile string
}

// controlGroups returns the groups that this process is in, each with all its
// ancestors. In a container whose own path is not mounted, the ancestors that
// exist are what remains, the mount itself at least.
func controlGroups(root fs.FS) []controlGroup {
	content, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	var groups []controlGroup
	for line := range strings.Lines(string(content)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		group, ok := groupOf(parts[1])
		if !ok {
			continue
		}
		mount := group.dir
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			group.dir = path.Join(mount, at)
			groups = append(groups, group)
			if at == "/" {
				break
			}
		}
	}
	return groups
}

// groupOf returns the root group of a hierarchy, given its controllers.
func groupOf(controllers string) (controlGroup, bool) {
	const v1, v2 = "sys/fs/cgroup/memory", "sys/fs/cgroup"
	if controllers == "" {
		return controlGroup{v2, "memory.max", "memory.current", "inactive_file"}, true
	}
	for controller := range strings.SplitSeq(controllers, ",") {
		if controller == "memory" {
			return controlGroup{v1, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}, true
		}
	}
	return controlGroup{}, false
}

// tighten lowers memory to what the group leaves of it.
func (g controlGroup) tighten(root fs.FS, memory *Memory) {
	limit, ok := readNumber(root, path.Join(g.dir, g.limit))
	if !ok || limit >= memory.Total {
		return // "max", or version 1's way to say so: a number of many exabytes
	}
	memory.Total = limit
	usage, ok := readNumber(root, path.Join(g.dir, g.usage))
	if !ok {
		return
	}
	if stat, err := fs.ReadFile(root, path.Join(g.dir, "memory.stat")); err == nil {
		usage -= min(usage, parseFields(stat)[g.inactiveFile])
	}
	memory.Available = min(memory.Available, max(0, limit-usage))
}

func readNumber(root fs.FS, file string) (units.Size, bool) {
	content, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, false
	}
	number, err := strconv.ParseInt(string(bytes.TrimSpace(content)), 10, 64)
	return units.Size(number), err == nil && number >= 0
}

// parseFields reads lines of a name, a number, and perhaps more.
func parseFields(content []byte) map[string]units.Size {
	fields := make(map[string]units.Size)
	for line := range bytes.Lines(content) {
		words := bytes.Fields(line)
		if len(words) < 2 {
			continue
		}
		if number, err := strconv.ParseInt(string(words[1]), 10, 64); err == nil {
			fields[string(words[0])] = units.Size(number)
		}
	}
	return fields
}
