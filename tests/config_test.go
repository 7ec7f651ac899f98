package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

// setting is a setting as a node has it, "value source".
func setting(t *testing.T, c *aistest.Cluster, n *aistest.Node, key string) string {
	t.Helper()
	list, err := c.Client().NodeSettings(t.Context(), n.ID())
	check.NoError(t, err)
	for _, s := range list {
		if s.Key == key {
			return s.Value + " " + s.Source
		}
	}
	t.Fatalf("%s has no setting %s", n.ID(), key)
	return ""
}

// everywhere is a setting as all nodes have it, or what they have instead.
func everywhere(t *testing.T, c *aistest.Cluster, key string) string {
	t.Helper()
	var all []string
	for _, n := range c.Nodes() {
		if v := setting(t, c, n, key); len(all) == 0 || all[len(all)-1] != v {
			all = append(all, v)
		}
	}
	return strings.Join(all, ", ")
}

func TestConfigurationOfACluster(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2})
	other := c.NewClient(api.Options{Endpoint: c.Proxy(1).URL()}) // which does not lead
	defer other.Close()

	reply, err := other.SetClusterConfig(t.Context(), map[string]string{"mirror.copies": "3", "log.stats_time": "2m"}, api.SetConfigOptions{})
	check.NoError(t, err)
	check.Equal(t, reply.Changed, []wire.ConfigChange{
		{Key: "log.stats_time", From: "1m", To: "2m", Effect: string(config.EffectOf("log.stats_time"))},
		{Key: "mirror.copies", From: "2", To: "3", Effect: string(config.EffectOf("mirror.copies"))},
	})
	check.Equal(t, everywhere(t, c, "log.stats_time"), "2m inherited")

	// What one gateway shows can be changed and given to another.
	text, err := c.Client().ClusterConfig(t.Context())
	check.NoError(t, err)
	var whole map[string]any
	check.NoError(t, json.Unmarshal(text, &whole))
	whole["log"].(map[string]any)["stats_time"] = "3m"
	text, err = json.Marshal(whole)
	check.NoError(t, err)
	reply, err = other.MergeClusterConfig(t.Context(), text)
	check.NoError(t, err)
	check.Equal(t, len(reply.Changed), 1)
	check.Equal(t, everywhere(t, c, "log.stats_time"), "3m inherited")
	_, err = other.MergeClusterConfig(t.Context(), text)
	check.ErrorIs(t, err, errs.Invalid) // it has changed since

	for _, wrong := range []map[string]string{
		{"log.stats_time": "1m", "log.levl": "4"},
		{"log.stats_time": "1m", "log.level": "9"},
		{"log.stats_time": "1m", "ec.enabled": "true", "mirror.enabled": "true"},
	} {
		_, err = other.SetClusterConfig(t.Context(), wrong, api.SetConfigOptions{})
		check.ErrorIs(t, err, errs.Invalid)
	}
	check.Equal(t, everywhere(t, c, "log.stats_time"), "3m inherited")

	_, err = other.ResetClusterConfig(t.Context(), "log.stats_time")
	check.NoError(t, err)
	check.Equal(t, everywhere(t, c, "log.stats_time"), "1m inherited")
	check.Equal(t, everywhere(t, c, "mirror.copies"), "3 inherited")
	_, err = other.ResetClusterConfig(t.Context())
	check.NoError(t, err)
	check.Equal(t, everywhere(t, c, "mirror.copies"), "2 inherited")
}

func TestConfigurationOfANode(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2})
	own, other := c.Target(0), c.Target(1)
	client := c.NewClient(api.Options{Endpoint: c.Proxy(1).URL()})
	defer client.Close()
	for _, n := range []*aistest.Node{own, c.Proxy(1)} {
		_, err := client.SetNodeConfig(t.Context(), n.ID(), map[string]string{"limits.max_object": "1MiB"}, api.SetConfigOptions{})
		check.NoError(t, err)
		_, err = client.MergeNodeConfig(t.Context(), n.ID(), []byte(`{"log":{"stats_time":"2m"}}`))
		check.NoError(t, err)
	}
	_, err := client.SetNodeConfig(t.Context(), own.ID(), map[string]string{"timeout.lease": "20s"}, api.SetConfigOptions{})
	check.ErrorIs(t, err, errs.Invalid)
	_, err = client.SetNodeConfig(t.Context(), "nosuch", map[string]string{"log.level": "4"}, api.SetConfigOptions{})
	check.ErrorIs(t, err, errs.NotFound)

	restart(t, c, own, c.Proxy(1))
	_, err = c.Client().SetClusterConfig(t.Context(), map[string]string{"log.stats_time": "3m"}, api.SetConfigOptions{})
	check.NoError(t, err)
	for n, want := range map[*aistest.Node]string{own: "2m override", c.Proxy(1): "2m override", other: "3m inherited"} {
		check.Equal(t, setting(t, c, n, "log.stats_time"), want)
	}
	text, err := c.Client().ClusterConfig(t.Context())
	check.NoError(t, err)
	check.Contains(t, string(text), `"max_object":"0B"`)

	_, err = client.ResetNodeConfig(t.Context(), own.ID(), "log")
	check.NoError(t, err)
	check.Equal(t, setting(t, c, own, "log.stats_time"), "3m inherited")
	check.Equal(t, setting(t, c, own, "limits.max_object"), "1MiB override")
	_, err = client.ResetNodeConfig(t.Context(), own.ID())
	check.NoError(t, err)
	check.Equal(t, setting(t, c, own, "limits.max_object"), "0B inherited")
}

func TestTransientConfiguration(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 1, All: 1})
	client := c.NewClient(api.Options{Endpoint: c.Proxy(1).URL()})
	defer client.Close()
	until := api.SetConfigOptions{Transient: true}
	_, err := client.SetClusterConfig(t.Context(), map[string]string{"log.level": "4", "log.levl": "3"}, until)
	check.ErrorIs(t, err, errs.Invalid)
	_, err = client.SetClusterConfig(t.Context(), map[string]string{"quorum.voters": "1"}, until)
	check.ErrorIs(t, err, errs.Invalid)
	check.Equal(t, everywhere(t, c, "log.level"), "3 inherited")

	reply, err := client.SetClusterConfig(t.Context(), map[string]string{"log.level": "4"}, until)
	check.NoError(t, err)
	check.Equal(t, reply.Changed, []wire.ConfigChange{{Key: "log.level", From: "3", To: "4", Effect: "live"}})
	check.Equal(t, everywhere(t, c, "log.level"), "4 transient")
	restart(t, c, c.Target(0))
	check.Equal(t, setting(t, c, c.Target(0), "log.level"), "3 inherited")
	check.Equal(t, setting(t, c, c.Proxy(0), "log.level"), "4 transient")
	reply, err = client.ResetClusterConfig(t.Context())
	check.NoError(t, err)
	check.Equal(t, reply.Changed, []wire.ConfigChange{{Key: "log.level", From: "4", To: "3", Effect: "live"}})
	check.Equal(t, everywhere(t, c, "log.level"), "3 inherited")
}

// A node that cannot be reached while a transient change is made has it when it is
// back; and one that no majority has agreed on is on all nodes or on none.
func TestTransientConfigurationIsForAllNodesOrNone(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		c.AwaitVoters(5)
		until := api.SetConfigOptions{Transient: true}
		client := c.NewClient(api.Options{Endpoint: c.Proxy(0).URL(), Attempts: 1, Timeout: 20 * time.Second})
		defer client.Close()
		c.Pause(c.Target(0))
		_, err := client.SetClusterConfig(t.Context(), map[string]string{"log.level": "4"}, until)
		check.NoError(t, err)
		c.Resume(c.Target(0))
		c.Await("the target to hear of the change", func() error {
			if got := setting(t, c, c.Target(0), "log.level"); got != "4 transient" {
				return fmt.Errorf("it has %s", got)
			}
			return nil
		})

		lost := []*aistest.Node{c.Proxy(1), c.Proxy(2), c.Target(0)}
		for _, n := range lost {
			c.Pause(n)
		}
		_, err = client.SetClusterConfig(t.Context(), map[string]string{"log.level": "2"}, until)
		check.ErrorIs(t, err, errs.Unavailable)
		for _, n := range lost {
			c.Resume(n)
		}
		c.Settle()
		_, err = client.SetClusterConfig(t.Context(), map[string]string{"limits.max_jobs": "7"}, until)
		check.NoError(t, err)
		if got := everywhere(t, c, "log.level"); got != "4 transient" && got != "2 transient" {
			t.Errorf("the level of the log is %s", got)
		}
	})
}

// What counts from a start on is what the cluster has agreed on, not what the
// file of a node says.
func TestSettingsThatNeedARestart(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	ask := func(n *aistest.Node) int {
		r, err := http.NewRequest(http.MethodGet, n.URL()+"/v1/daemon?what=smap", nil)
		check.NoError(t, err)
		r.Header.Set("X-Long", strings.Repeat("x", 100<<10))
		response, err := c.HTTP().Do(r)
		check.NoError(t, err)
		defer response.Body.Close()
		return response.StatusCode
	}
	_, err := c.Client().SetClusterConfig(t.Context(), map[string]string{"limits.max_header": "128KiB"}, api.SetConfigOptions{})
	check.NoError(t, err)
	for _, n := range c.Nodes() {
		check.Equal(t, ask(n), http.StatusRequestHeaderFieldsTooLarge)
	}
	list, err := c.Client().NodeSettings(t.Context(), c.Target(0).ID())
	check.NoError(t, err)
	for _, s := range list {
		if s.Key == "limits.max_header" {
			check.Equal(t, s.Problem, "counts from the next start of the node on")
		}
	}
	restart(t, c, c.Nodes()...)
	for _, n := range c.Nodes() {
		check.Equal(t, ask(n), http.StatusOK)
	}
}

func TestVotersFollowTheConfiguration(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3})
	voters := func(want int64) {
		t.Helper()
		c.Await(fmt.Sprintf("%d voters", want), func() error {
			status, err := c.Client().NodeStatus(t.Context(), c.Proxy(0).ID())
			if err != nil {
				return err
			}
			for name, n := range status.Tracker {
				if strings.HasSuffix(name, "metadata_voters") && n == want {
					return nil
				}
			}
			return errors.New("not so many")
		})
	}
	voters(3)
	_, err := c.Client().SetClusterConfig(t.Context(), map[string]string{"quorum.voters": "1"}, api.SetConfigOptions{})
	check.NoError(t, err)
	voters(1)
	_, err = c.Client().ResetClusterConfig(t.Context(), "quorum.voters")
	check.NoError(t, err)
	voters(3)
}

// restart stops nodes and starts them again.
func restart(t *testing.T, c *aistest.Cluster, nodes ...*aistest.Node) {
	t.Helper()
	c.Stop(nodes...)
	c.Restart(nodes...)
}
