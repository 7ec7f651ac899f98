package aistest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/hrw"
	"aistore/internal/jsonx"
	"aistore/internal/run"
)

// process runs a node as a process of its own.
type process struct {
	node    *Node
	binary  string
	founds  bool            // the cluster
	targets int             // that the founder waits for
	ports   map[string]bool // given to nodes of the cluster, by all of them
	near    netip.Prefix    // clients that are sent to the data network
	inside  []string        // the command that runs it on a host of its own; nil is here

	command *exec.Cmd
	group   run.Group
	done    chan struct{} // closed when it has ended
	err     error         // why; set before done is closed
	asked   bool          // to end
}

func (p *process) home() string { return filepath.Dir(p.node.file.ConfDir) }
func (p *process) log() string  { return filepath.Join(p.home(), "log.txt") }

func (p *process) start() error {
	if err := p.configure(); err != nil {
		return err
	}
	output, err := os.OpenFile(p.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer output.Close() // the process has its own
	line := append(slices.Clone(p.inside), p.binary, "-role="+p.node.file.Role, "-config="+p.config(), "-ntargets="+strconv.Itoa(p.targets))
	p.command = exec.Command(line[0], line[1:]...)
	p.command.Stdout, p.command.Stderr = output, output
	p.command.Env = append(os.Environ(), "AIS_IS_PRIMARY="+strconv.FormatBool(p.founds))
	if p.near.IsValid() {
		p.command.Env = append(p.command.Env, "AIS_CLUSTER_CIDR="+p.near.String())
	}
	if p.node.claims {
		p.command.Env = append(p.command.Env, "AIS_PRIMARY_ID="+p.node.name)
	}
	if err := p.command.Start(); err != nil {
		return err
	}
	p.done, p.err, p.asked = make(chan struct{}), nil, false
	p.group.Go(func() {
		defer close(p.done)
		p.err = p.command.Wait()
	})
	return nil
}

func (p *process) config() string { return filepath.Join(p.home(), "ais.json") }

// configure chooses ports, the first time, and writes the configuration.
func (p *process) configure() error {
	host := &p.node.file.HostNet
	for _, port := range []*string{&host.Port, &host.PortControl, &host.PortData, &host.PortS3} {
		if *port != "0" {
			continue
		}
		var err error
		if p.inside != nil {
			*port = p.ownPort()
		} else if *port, err = p.freePort(strings.Split(host.Host, ",")[0]); err != nil {
			return err
		}
	}
	text, err := jsonx.MarshalIndent(&p.node.file, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(p.node.file.ConfDir, 0o755), os.WriteFile(p.config(), text, 0o644))
}

// ownPort returns a port of a host that is the node's alone.
func (p *process) ownPort() string {
	port := strconv.Itoa(8080 + len(p.ports))
	p.ports[port] = true
	return port
}

// freePort returns a port that nobody listens on, and that no other node of the
// cluster was given.
func (p *process) freePort(host string) (string, error) {
	for {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return "", err
		}
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err := errors.Join(err, l.Close()); err != nil {
			return "", err
		}
		if !p.ports[port] {
			p.ports[port] = true
			return port, nil
		}
	}
}

func (p *process) portS3() string { return p.node.file.HostNet.PortS3 }

// addresses are known from the configuration.
func (p *process) addresses() []*wire.Node {
	host := p.node.file.HostNet
	at := func(names, port string) wire.NetInfo {
		name, _, _ := strings.Cut(cmp.Or(names, host.Host), ",")
		port = cmp.Or(port, host.Port)
		return wire.NetInfo{Host: name, Port: port, URL: p.node.scheme + "://" + net.JoinHostPort(name, port)}
	}
	describe := func(id, role string) *wire.Node {
		return &wire.Node{
			ID: id, Type: role, IDDigest: hrw.Digest(id),
			Public: at(host.Host, host.Port), Control: at(host.HostControl, host.PortControl), Data: at(host.HostData, host.PortData),
		}
	}
	if p.node.file.Role == config.RoleAll {
		return []*wire.Node{
			describe("p"+p.node.name, wire.NodeProxy),
			describe("t"+p.node.name, wire.NodeTarget),
		}
	}
	return []*wire.Node{describe(p.node.name, p.node.file.Role)}
}

// stopPatience is how long a node has to end.
const stopPatience = 30 * time.Second

// stop asks the node to end. One that does not is asked where it hangs.
func (p *process) stop() error {
	p.asked = true
	hangs := time.AfterFunc(stopPatience, func() {
		_ = p.command.Process.Signal(syscall.SIGQUIT) // it may just have ended
	})
	defer hangs.Stop()
	if err := p.end(syscall.SIGTERM); err != nil {
		return err
	}
	if code := p.command.ProcessState.ExitCode(); code != 128+int(syscall.SIGTERM) {
		return fmt.Errorf("exit code %d: %w\n%s", code, p.err, p.printed(64<<10))
	}
	return nil
}

func (p *process) kill() error { return p.end(syscall.SIGKILL) }

func (p *process) end(signal syscall.Signal) error {
	p.asked = true
	err := p.command.Process.Signal(signal)
	p.group.Wait()
	if errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("it had ended before: %w", p.err)
	}
	return err
}

// pause returns when all threads have stopped, where the system tells.
func (p *process) pause() error {
	if err := p.command.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if p.stopped() {
			return nil
		}
	}
	return errors.New("the process does not stop")
}

// stopped reports whether no thread of the process runs; true where there is no
// /proc to tell.
func (p *process) stopped() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.command.Process.Pid)) // the pattern is good
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		// The state follows the name of the program, which is in parentheses.
		if at := bytes.LastIndex(text, []byte(") ")); err == nil && at >= 0 && text[at+2] != 'T' {
			return false
		}
	}
	return true
}

func (p *process) resume() error { return p.command.Process.Signal(syscall.SIGCONT) }

func (p *process) result() error { return p.err }

func (p *process) ended() (error, bool) {
	select {
	case <-p.done:
		if p.asked {
			return nil, true
		}
		return fmt.Errorf("the process has ended by itself: %w", p.err), true
	default:
		return nil, false
	}
}

// tail returns the end of what the node has printed.
func (p *process) tail() string { return p.printed(4 << 10) }

// printed returns what the node has printed last, in at most so many bytes.
func (p *process) printed(most int) string {
	text, err := os.ReadFile(p.log())
	if err != nil {
		return err.Error()
	}
	text = text[max(0, len(text)-most):]
	return string(bytes.TrimSpace(text))
}
