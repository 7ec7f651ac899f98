package module_test

import (
	"context"
	"errors"
	"testing"

	"aistore/cluster"
	"aistore/internal/check"
	"aistore/module"
)

// plain is a module without hooks.
type plain struct{ name string }

func (p *plain) Name() string { return p.name }

// runs, answers and watches have one hook each.
type runs struct{ plain }

func (*runs) Run(context.Context) error { return nil }

type answers struct{ plain }

func (a *answers) PeerCalls() map[string]module.PeerCall {
	return map[string]module.PeerCall{
		"echo": func(_ context.Context, _ *cluster.Bucket, body []byte) ([]byte, error) { return body, nil },
	}
}

type watches struct {
	plain
	changes int
}

func (w *watches) BucketChanged(_, _ *cluster.Bucket) { w.changes++ }

type follows struct {
	plain
	version int64
}

func (f *follows) MapChanged(_, now *cluster.Map) { f.version = now.Version() }

func maker(m module.Module) module.Maker {
	return module.Maker{Name: m.Name(), Make: func(module.Host) (module.Module, error) { return m, nil }}
}

func TestAttachFindsHooks(t *testing.T) {
	t.Parallel()
	watcher := &watches{plain: plain{"w"}}
	a, err := module.Attach([]module.Maker{
		maker(&plain{"p"}), maker(&runs{plain{"r"}}), maker(&answers{plain{"a"}}), maker(watcher), maker(&follows{plain: plain{"m"}}),
	}, module.Host{})
	check.NoError(t, err)
	check.Equal(t, len(a.Modules), 5)
	check.Equal(t, len(a.Runners), 1)
	check.Equal(t, len(a.Watchers), 1)
	check.Equal(t, len(a.Maps), 1)
	check.Equal(t, len(a.Calls), 1)
	got, err := a.Calls["a"]["echo"](t.Context(), nil, []byte("x"))
	check.NoError(t, err)
	check.Equal(t, string(got), "x")
	a.Watchers[0].BucketChanged(nil, nil)
	check.Equal(t, watcher.changes, 1)
}

func TestEveryModuleGetsTheHost(t *testing.T) {
	t.Parallel()
	var seen []string
	make := func(name string) module.Maker {
		return module.Maker{Name: name, Make: func(h module.Host) (module.Module, error) {
			seen = append(seen, name+" at "+h.Node)
			return &plain{name}, nil
		}}
	}
	_, err := module.Attach([]module.Maker{make("one"), make("two")}, module.Host{Node: "target01"})
	check.NoError(t, err)
	check.Equal(t, seen, []string{"one at target01", "two at target01"})
}

func TestAttachStopsAtAModuleThatCannotBeMade(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	a, err := module.Attach([]module.Maker{
		maker(&plain{"good"}),
		{Name: "bad", Make: func(module.Host) (module.Module, error) { return nil, broken }},
	}, module.Host{})
	check.ErrorIs(t, err, broken)
	check.Contains(t, err.Error(), "module bad: no disk")
	if a != nil {
		t.Fatal("there is something attached")
	}
}

func TestNoModules(t *testing.T) {
	t.Parallel()
	a, err := module.Attach(nil, module.Host{})
	check.NoError(t, err)
	check.Equal(t, len(a.Modules)+len(a.Runners)+len(a.Watchers)+len(a.Calls), 0)
}
