package memsys_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"testing/synctest"
	"time"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/units"
	"aistore/memsys"
)

// machine is a root directory with that much memory, in MiB.
func machine(total, available, swap, swapFree int) fstest.MapFS {
	return fstest.MapFS{"proc/meminfo": file(fmt.Sprintf(
		"MemTotal:       %d kB\nMemFree:  1 kB\nMemAvailable: %d kB\nHugePages_Total: 0\nSwapTotal: %d kB\nSwapFree: %d kB\n",
		total<<10, available<<10, swap<<10, swapFree<<10))}
}

func file(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }

func newPool(t *testing.T, o memsys.Options) *memsys.Pool {
	t.Helper()
	if o.Root == nil {
		o.Root = machine(4096, 4000, 0, 0)
	}
	p, err := memsys.New(o)
	check.NoError(t, err)
	return p
}

func TestReadMemory(t *testing.T) {
	const unlimited = "9223372036854771712\n"
	tests := []struct {
		name  string
		files map[string]string
		want  memsys.Memory
	}{
		{"no groups", nil, memsys.Memory{Total: 4096 * units.MiB, Available: 3000 * units.MiB, SwapUsed: 300 * units.MiB}},
		{"v2, limited", map[string]string{
			"proc/self/cgroup":                      "0::/pod/app\n",
			"sys/fs/cgroup/pod/app/memory.max":      "1073741824\n",
			"sys/fs/cgroup/pod/app/memory.current":  "536870912\n",
			"sys/fs/cgroup/pod/app/memory.stat":     "anon 5\ninactive_file 268435456\n",
			"sys/fs/cgroup/pod/memory.max":          "max\n",
			"sys/fs/cgroup/pod/memory.current":      "9\n",
			"sys/fs/cgroup/memory.stat":             "nonsense\n",
			"sys/fs/cgroup/pod/memory.stat":         "",
			"sys/fs/cgroup/unrelated/memory.max":    "1\n",
			"sys/fs/cgroup/pod/app/memory.swap.max": "0\n",
		}, memsys.Memory{Total: units.GiB, Available: 768 * units.MiB, SwapUsed: 300 * units.MiB}},
		{"v2, the ancestor is tighter", map[string]string{
			"proc/self/cgroup":                     "0::/pod/app\n",
			"sys/fs/cgroup/pod/app/memory.max":     "1073741824\n",
			"sys/fs/cgroup/pod/app/memory.current": "0\n",
			"sys/fs/cgroup/pod/memory.max":         "536870912\n",
			"sys/fs/cgroup/pod/memory.current":     "536870913\n",
		}, memsys.Memory{Total: 512 * units.MiB, Available: 0, SwapUsed: 300 * units.MiB}},
		{"v1, limited", map[string]string{
			"proc/self/cgroup": "12:cpu,cpuacct:/x\n5:hugetlb,memory:/docker/1\n1:name=systemd:/x\n",
			"sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": "2147483648\n",
			"sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes": "1073741824\n",
			"sys/fs/cgroup/memory/docker/1/memory.stat":           "inactive_file 1\ntotal_inactive_file 536870912\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":          unlimited,
		}, memsys.Memory{Total: 2 * units.GiB, Available: 1536 * units.MiB, SwapUsed: 300 * units.MiB}},
		{"v1, path of the host in a container", map[string]string{
			"proc/self/cgroup":                           "5:memory:/docker/1\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "0\n",
		}, memsys.Memory{Total: units.GiB, Available: units.GiB, SwapUsed: 300 * units.MiB}},
		{"v1, unlimited", map[string]string{
			"proc/self/cgroup":                           "5:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": unlimited,
		}, memsys.Memory{Total: 4096 * units.MiB, Available: 3000 * units.MiB, SwapUsed: 300 * units.MiB}},
		{"nonsense", map[string]string{
			"proc/self/cgroup":         "\n:\nx\n0::../../..\n",
			"sys/fs/cgroup/memory.max": "-5\n",
		}, memsys.Memory{Total: 4096 * units.MiB, Available: 3000 * units.MiB, SwapUsed: 300 * units.MiB}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := machine(4096, 3000, 1000, 700)
			for path, content := range test.files {
				root[path] = file(content)
			}
			got, err := memsys.ReadMemory(root)
			check.NoError(t, err)
			check.Equal(t, got, test.want)
		})
	}
	for _, root := range []fstest.MapFS{{}, {"proc/meminfo": file("MemTotal: none\n")}} {
		_, err := memsys.ReadMemory(root)
		check.ErrorIs(t, err, errs.Unsupported)
	}
}

func TestLevels(t *testing.T) {
	root := machine(4096, 4000, 0, 0)
	pool := newPool(t, memsys.Options{Root: root, MinFree: 400 * units.MiB})
	for _, step := range []struct {
		available, swapUsed int
		want                memsys.Level
	}{
		{4000, 0, memsys.Low}, {801, 10, memsys.Low}, {799, 10, memsys.Moderate}, {500, 10, memsys.High},
		{400, 10, memsys.Extreme}, {100, 10, memsys.OOM}, {4000, 20, memsys.Low},
		{799, 30, memsys.OOM}, {799, 30, memsys.Moderate}, {799, 20, memsys.Moderate},
	} {
		root["proc/meminfo"] = machine(4096, step.available, 100, 100-step.swapUsed)["proc/meminfo"]
		check.Equal(t, pool.Refresh(), step.want)
		check.Equal(t, pool.Level(), step.want)
	}
	delete(root, "proc/meminfo")
	check.Equal(t, pool.Refresh(), memsys.Low)
	check.Equal(t, memsys.High.String()+memsys.OOM.String()+memsys.Low.String(), "highoomlow")
	check.Equal(t, memsys.Moderate.String()+memsys.Extreme.String(), "moderateextreme")
}

func TestGetGivesTheSizeAskedAndReusesIt(t *testing.T) {
	pool := newPool(t, memsys.Options{})
	for _, test := range []struct{ ask, length, lent int64 }{
		{0, 32 << 10, 32 << 10}, {1, 1, 4 << 10}, {4096, 4096, 4096}, {4097, 4097, 8192},
		{128 << 10, 128 << 10, 128 << 10}, {128<<10 + 1, 128<<10 + 1, 128<<10 + 1},
	} {
		buffer := pool.Get(test.ask)
		check.Equal(t, int64(len(buffer)), test.length)
		check.Equal(t, pool.Lent(), test.lent)
		pool.Put(buffer)
		check.Equal(t, pool.Lent(), int64(0))
	}
	first := pool.Get(5000)
	first[0] = 77
	pool.Put(first[:10])
	idle := pool.Idle()
	again := pool.Get(8000)
	check.Equal(t, again[0], byte(77))
	check.Equal(t, pool.Idle(), idle-8192)
	pool.Put(nil)
}

func TestGetAndPutDoNotAllocateOnceWarm(t *testing.T) {
	pool := newPool(t, memsys.Options{})
	if n := testing.AllocsPerRun(100, func() { pool.Put(pool.Get(32 << 10)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBounds(t *testing.T) {
	pool := newPool(t, memsys.Options{MaxBytes: 64 * units.KiB, MaxIdle: 32 * units.KiB})
	a, b := pool.Get(32<<10), pool.Get(32<<10)
	check.Equal(t, pool.Overflows(), int64(0))
	c := pool.Get(32 << 10)
	check.Equal(t, pool.Overflows(), int64(1))

	sgl := pool.NewSGL(0)
	n, err := sgl.Write([]byte("x"))
	check.Equal(t, n, 0)
	check.ErrorIs(t, err, errs.Unavailable)
	check.Equal(t, errs.RetryAfterOf(err) > 0, true)
	check.Equal(t, pool.Refused(), int64(1))

	for _, buffer := range [][]byte{a, b, c} {
		pool.Put(buffer)
	}
	check.Equal(t, pool.Idle(), int64(32<<10))
	_, err = sgl.Write([]byte("x"))
	check.NoError(t, err)

	_, err = memsys.New(memsys.Options{MaxIdle: -1})
	check.ErrorIs(t, err, errs.Invalid)
}

func TestIdleBuffersAreFreedWhenUnusedOrUnderPressure(t *testing.T) {
	root := machine(4096, 4000, 0, 0)
	pool := newPool(t, memsys.Options{Root: root, MinFree: 400 * units.MiB})
	fill := func() {
		buffers := make([][]byte, 4)
		for i := range buffers {
			buffers[i] = pool.Get(4096)
		}
		for _, buffer := range buffers {
			pool.Put(buffer)
		}
	}
	fill()
	pool.Refresh()
	check.Equal(t, pool.Idle(), int64(4*4096)) // they were in use since the last look
	pool.Put(pool.Get(4096))
	pool.Refresh()
	check.Equal(t, pool.Idle(), int64(4096)) // one was needed
	pool.Refresh()
	check.Equal(t, pool.Idle(), int64(0))

	fill()
	root["proc/meminfo"] = machine(4096, 450, 0, 0)["proc/meminfo"]
	check.Equal(t, pool.Refresh(), memsys.High)
	check.Equal(t, pool.Idle(), int64(0))
	fill()
	check.Equal(t, pool.Idle(), int64(0)) // nothing is kept now
}

func TestRunLooksFromTimeToTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := machine(4096, 4000, 0, 0)
		pool := newPool(t, memsys.Options{Root: root})
		pool.Put(pool.Get(4096))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		check.NoError(t, pool.Run(ctx))
		check.Equal(t, pool.Idle(), int64(0))
	})
}

func TestSGLIsWhatWasWritten(t *testing.T) {
	pool := newPool(t, memsys.Options{})
	random := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	for _, expected := range []int64{0, 1, 100_000, 1 << 20, 1 << 40} {
		sgl := pool.NewSGL(expected)
		for rest := content; len(rest) > 0; {
			n := min(len(rest), random.IntN(10_000))
			written, err := sgl.Write(rest[:n])
			check.NoError(t, err)
			check.Equal(t, written, n)
			rest = rest[n:]
		}
		check.Equal(t, sgl.Size(), int64(len(content)))
		check.NoError(t, iotest.TestReader(sgl.NewReader(), content))

		head := make([]byte, 1000)
		_, err := io.ReadFull(sgl, head)
		check.NoError(t, err)
		check.Equal(t, sgl.Len(), int64(len(content)-1000))
		var out bytes.Buffer
		n, err := sgl.WriteTo(&out)
		check.NoError(t, err)
		check.Equal(t, n, int64(len(content)-1000))
		check.Equal(t, bytes.Equal(append(head, out.Bytes()...), content), true)
		_, err = sgl.Read(head)
		check.ErrorIs(t, err, io.EOF)

		sgl.Reset()
		n, err = sgl.ReadFrom(iotest.HalfReader(bytes.NewReader(content[:100_000])))
		check.NoError(t, err)
		check.Equal(t, n, int64(100_000))
		got, err := io.ReadAll(sgl)
		check.NoError(t, err)
		check.Equal(t, bytes.Equal(got, content[:100_000]), true)
		sgl.Free()
		check.Equal(t, pool.Lent(), int64(0))
		check.Equal(t, sgl.Size(), int64(0))
	}
}

func TestSGLPassesErrorsOn(t *testing.T) {
	pool := newPool(t, memsys.Options{})
	broken := errors.New("broken")
	sgl := pool.NewSGL(0)
	defer sgl.Free()
	n, err := sgl.ReadFrom(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)))
	check.Equal(t, n, int64(3))
	check.ErrorIs(t, err, broken)
	n, err = sgl.WriteTo(iotest.TruncateWriter(failing{broken}, 0))
	check.NoError(t, err)
	check.Equal(t, n, int64(3))
	sgl.Reset()
	_, err = sgl.Write([]byte("abc"))
	check.NoError(t, err)
	_, err = sgl.WriteTo(failing{broken})
	check.ErrorIs(t, err, broken)
	check.Equal(t, sgl.Len(), int64(3))
	_, err = sgl.ReadAt(nil, -1)
	check.ErrorIs(t, err, errs.Invalid)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
