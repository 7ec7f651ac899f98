package tests

import (
	"io"
	"net/http"
	"testing"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// One gateway tells about all nodes; who is dead is missing.
func TestQueriesAboutEveryNode(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2})
	ask := func(what string) (all map[string]map[string]jsonx.RawMessage) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Proxy(1).URL()+wire.PathCluster+"?what="+what, nil)
		check.NoError(t, err)
		response, err := c.HTTP().Do(request)
		check.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		check.NoError(t, err)
		check.NoError(t, jsonx.Unmarshal(text, &all))
		return all
	}
	for _, what := range []string{wire.WhatSysInfo, wire.WhatNodeStats} {
		all := ask(what)
		for _, n := range c.Nodes() {
			if said := all[n.Wire().Type][n.ID()]; len(said) == 0 {
				t.Errorf("%s: nothing of %s", what, n.ID())
			}
		}
	}
	var stats wire.NodeStatus
	check.NoError(t, jsonx.Unmarshal(ask(wire.WhatNodeStats)[wire.NodeTarget][c.Target(0).ID()], &stats))
	check.Equal(t, len(stats.Capacity.Mountpaths), 2)
	check.Equal(t, stats.Node.ID, c.Target(0).ID())
	c.Kill(c.Target(1))
	all := ask(wire.WhatSysInfo)
	check.Equal(t, len(all[wire.NodeTarget]), 1)
	check.Equal(t, len(all[wire.NodeProxy]), 2)
}
