package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aistore/ais"
	"aistore/ais/node"
	"aistore/aistest"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/internal/check"
)

// startup runs the program, which is expected to end by itself, and returns its
// exit code and what it says last.
func startup(t *testing.T, environment []string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), aistest.Program(t), args...)
	command.Env = append(os.Environ(), environment...)
	text, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("it has ended with %v: %s", err, text)
	}
	at := strings.LastIndex(string(text), "aisnode: ")
	if at < 0 {
		t.Fatalf("it says nothing: %s", text)
	}
	return fmt.Sprintf("%d %s", exit.ExitCode(), strings.TrimSpace(string(text[at+len("aisnode: "):])))
}

func TestStartupRefusesBadConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "ais.json")
	write := func(text string) {
		check.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	check.Equal(t, startup(t, nil), "2 -config is missing: name the node's JSON configuration file")
	check.Equal(t, startup(t, nil, "-config="+path), "3 "+path+": stat "+path+": no such file or directory")
	check.Equal(t, startup(t, nil, "-config="+dir), "1 "+dir+": read "+dir+": is a directory")
	check.Equal(t, startup(t, nil, "-nosuch"), "2 flag provided but not defined: -nosuch")
	for _, row := range []struct{ text, want string }{
		{"{", "2 " + path + ": line 1: the text ends too early to be JSON"},
		{"[]", "2 " + path + ": line 1: expecting an object, have ["},
		{"\xff\xfe", "2 " + path + ": line 1: invalid character 'ÿ' looking for beginning of value"},
		{"{\n \"confdir\": \"/x\",\n \"fspath\": {}\n}", "2 " + path + ": line 3: fspath: no such setting, did you mean fspaths?"},
		{"{\n \"timeout\": {\"lease\": \"soon\"}}", "2 " + path + `: line 2: timeout.lease: invalid duration "soon": want a form such as "10s" or "1h30m"`},
		{`{"limits": {"max_requests": 0}}`, "2 " + path + ": limits.max_requests: 0 is not from 1 to 16777216"},
		{`{"proxy": {"primary_url": "ftp://x"}}`, "2 " + path + `: proxy.primary_url: "ftp://x" is not of the form http://host:port`},
		{`{}`, `2 confdir: "" is not a clean absolute path of a directory below /`},
		{`{"confdir": "/x/../y"}`, `2 confdir: "/x/../y" is not a clean absolute path of a directory below /`},
		{`{"confdir": "/x", "host_net": {"port": "http"}}`, `2 host_net.port: "http" is not a port`},
		{`{"confdir": "/x", "id": "p"}`, `2 "p": a node id has 8 to 64 letters, digits, dashes and underscores, and begins with a letter`},
	} {
		write(row.text)
		check.Equal(t, startup(t, nil, "-role=proxy", "-config="+path), row.want)
	}
	write(`{"confdir": "/x"}`)
	check.Equal(t, startup(t, nil, "-role=boss", "-config="+path), `2 role: "boss" is none of ["proxy" "target" "all"]`)
	check.Equal(t, startup(t, nil, "-role=target", "-config="+path), "2 fspaths.paths: a target needs a mountpath")
	check.Equal(t, startup(t, nil, "-role=proxy", "-config="+path, "-config_custom=nosuch=1"), "2 nosuch: no such setting")
	check.Equal(t, startup(t, nil, "-role=proxy", "-config="+path, "-config_custom=log.level"), "2 log.level: -config_custom takes name=value pairs")
}

// site is where a node that does not start would have lived.
type site struct {
	dir  string
	file config.File
}

func newSite(t *testing.T, id, role string) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), file: config.DefaultFile()}
	s.file.ID, s.file.Role = id, role
	s.file.ConfDir = filepath.Join(s.dir, "conf")
	s.file.HostNet = config.HostNet{Host: "127.0.0.1", Port: "0"}
	if role == config.RoleTarget {
		s.file.FSPaths.Paths = map[string]string{s.mountpath(): ""}
	}
	return s
}

func (s *site) mountpath() string { return filepath.Join(s.dir, "mp") }

// program runs cmd/aisnode there.
func (s *site) program(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(&s.file)
	check.NoError(t, err)
	path := filepath.Join(s.dir, "ais.json")
	check.NoError(t, os.WriteFile(path, text, 0o644))
	return startup(t, nil, "-config="+path)
}

// run runs a node in this process, over a file system.
func (s *site) run(t *testing.T, fsys fs.FS) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n, err := ais.New(s.file, ais.Options{Options: node.Options{FS: fsys}})
	check.NoError(t, err)
	return n.Run(ctx)
}

func TestStartupRefusesPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check.NoError(t, err)
	defer taken.Close()
	for _, set := range []func(*config.HostNet, string){
		func(h *config.HostNet, port string) { h.Port = port },
		func(h *config.HostNet, port string) { h.PortControl = port },
		func(h *config.HostNet, port string) { h.PortData = port },
	} {
		s := newSite(t, "proxy001", config.RoleProxy)
		_, port, _ := net.SplitHostPort(taken.Addr().String())
		set(&s.file.HostNet, port)
		at := taken.Addr().String()
		check.Equal(t, s.program(t), "5 cannot listen on "+at+": listen tcp "+at+": bind: address already in use; change host_net in the configuration or stop who has the port")
		_, err := os.Stat(filepath.Join(s.file.ConfDir, "node.json"))
		check.ErrorIs(t, err, os.ErrNotExist)
	}
}

func TestStartupRefusesBadMountpaths(t *testing.T) {
	t.Parallel()
	missing := newSite(t, "target001", config.RoleTarget)
	at := "target001: " + missing.mountpath()
	check.Equal(t, missing.program(t), "3 "+at+": it does not exist: mount the disk, or make the directory")
	check.NoError(t, os.WriteFile(missing.mountpath(), nil, 0o644))
	check.Equal(t, missing.program(t), "2 "+at+": it is no directory: give a directory, not a file or a link to one")
	check.NoError(t, os.Remove(missing.mountpath()))
	check.NoError(t, os.Symlink(t.TempDir(), missing.mountpath()))
	check.Equal(t, missing.program(t), "2 "+at+": it is no directory: give a directory, not a file or a link to one")

	readOnly := newSite(t, "target001", config.RoleTarget)
	check.NoError(t, os.Mkdir(readOnly.mountpath(), 0o755))
	faulty := faultfs.New(fs.NewOS())
	faulty.ReadOnly(readOnly.mountpath() + "/")
	err := readOnly.run(t, faulty)
	check.ErrorIs(t, err, errs.Unavailable)
	check.Equal(t, errs.PublicOf(err), "target001: "+readOnly.mountpath()+": it is read-only: check the disk, and remount it read-write")

	plain := newSite(t, "target001", config.RoleTarget)
	check.NoError(t, os.Mkdir(plain.mountpath(), 0o755))
	faulty = faultfs.New(fs.NewOS())
	faulty.Inject(faultfs.Rule{Op: faultfs.SetXattr, Err: syscall.ENOTSUP})
	err = plain.run(t, faulty)
	check.ErrorIs(t, err, errs.Unsupported)
	check.Equal(t, errs.PublicOf(err), "target001: "+plain.mountpath()+": its file system has no extended attributes: mount it with them (user_xattr), or use ext4, xfs or btrfs")

	// The directory of another target.
	check.Contains(t, plain.program(t), "2 membership: set proxy.primary_url")
	other := newSite(t, "target002", config.RoleTarget)
	other.file.FSPaths = plain.file.FSPaths
	check.Equal(t, other.program(t), "5 target002: "+plain.mountpath()+`: it belongs to target "target001" and this is "target002": configure it there, or empty it`)
	other.file.ConfDir = plain.file.ConfDir
	check.Equal(t, other.program(t), "5 "+plain.file.ConfDir+`/node.json: this directory belongs to node "target001", not "target002": use another confdir or drop the id`)

	// Two mountpaths that are one disk.
	twice := newSite(t, "target001", config.RoleTarget)
	second := filepath.Join(twice.dir, "mp2")
	twice.file.FSPaths.Paths[second] = ""
	check.NoError(t, errors.Join(os.Mkdir(twice.mountpath(), 0o755), os.Mkdir(second, 0o755)))
	check.Contains(t, twice.program(t), "2 target001: "+second+": it and "+twice.mountpath()+" are on one file system: give each disk once")
}

func TestStartupRefusesMountpathInUse(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Mountpaths: 1})
	root := c.Target(0).Mountpaths()[0]
	s := newSite(t, c.Target(0).ID(), config.RoleTarget)
	s.file.FSPaths.Paths = map[string]string{root: ""}
	check.Equal(t, s.program(t), "5 target001: "+root+": another process is using it: stop that one, or give this one other mountpaths")
	b := c.NewBucket(nil)
	put(t, c, b, "still", 1, 100)
}

func TestStartupOnFullDisk(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	put(t, c, b, "before", 1, 100)
	for _, disk := range c.Disks(c.Target(0)) {
		disk.Full()
	}
	c.Kill(c.Target(0))
	c.Restart(c.Target(0))
	check.Equal(t, get(t, c, b, "before"), 1)
	check.NoError(t, c.Client().Delete(t.Context(), b, "before"))
	missing(t, c, b, "before")
}

// TestStartupKeepsOutNodesOfOtherClusters has a target that remembers another
// cluster.
func TestStartupKeepsOutNodesOfOtherClusters(t *testing.T) {
	t.Parallel()
	first, second := aistest.Start(t, aistest.Options{}), aistest.Start(t, aistest.Options{})
	stray := first.AddTarget()
	first.Stop(stray)
	s := &site{dir: t.TempDir(), file: config.DefaultFile()}
	s.file.ID, s.file.Role, s.file.ConfDir = stray.ID(), config.RoleTarget, stray.ConfDir()
	s.file.HostNet = config.HostNet{Host: "127.0.0.1", Port: "0"}
	for _, root := range stray.Mountpaths() {
		s.file.TestFSPaths = config.TestFSPaths{Root: filepath.Dir(filepath.Dir(root)), Count: 2, Instance: 3}
	}
	here, there := first.Map(first.Proxy(0)).UUID, second.Map(second.Proxy(0)).UUID
	first.Stop(first.Proxy(0)) // or it would be welcome there
	s.file.Proxy.PrimaryURL = second.URL()
	check.Equal(t, s.program(t), "5 "+stray.ID()+": t["+stray.ID()+"]: it belongs to cluster "+here+", this is cluster "+there+
		": start it with addresses of its own cluster, or empty its confdir to make it a new node")
}
