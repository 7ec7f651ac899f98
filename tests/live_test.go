package tests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/check"
)

// reconfigure sets settings of the cluster.
func reconfigure(t *testing.T, c *aistest.Cluster, settings map[string]string) {
	t.Helper()
	_, err := c.Client().SetClusterConfig(t.Context(), settings, api.SetConfigOptions{})
	check.NoError(t, err)
}

// changed sets a setting of the cluster until the end of the test.
func changed(t *testing.T, c *aistest.Cluster, key, value string) {
	t.Helper()
	reconfigure(t, c, map[string]string{key: value})
	t.Cleanup(func() {
		c.Await("the default of "+key, func() error {
			_, err := c.Client().ResetClusterConfig(context.Background(), key) // that of the test is over
			return err
		})
	})
}

// liveProbes change a setting of a cluster that runs and look at what it does
// then, by the name of the setting.
func liveProbes() map[string]func(*testing.T, *aistest.Cluster, wire.Bucket) {
	return map[string]func(*testing.T, *aistest.Cluster, wire.Bucket){
		"limits.max_object":          probeObjectSize,
		"limits.max_custom_metadata": probeCustomMetadata,
		"limits.max_json_body":       probeJSONBody,
		"limits.max_requests":        probeRequests("limits.max_requests", http.StatusServiceUnavailable),
		"limits.max_requests_per_ip": probeRequests("limits.max_requests_per_ip", http.StatusTooManyRequests),
		"limits.max_connections":     probeConnections,
		"timeout.object":             probeProgress,
		"timeout.drain":              probeDrain,
		"auth.intra_cluster.ttl":     probeRedirect,
		"limits.max_uploads":         probeUploads,
		"limits.max_upload_parts":    probeParts,
		"limits.min_upload_part":     probeMinPart,
		"auth.s3.anonymous":          probeAnonymous,
		"net.s3.domains":             probeDomains,
	}
}

// liveElsewhere names tests of other packages that change a setting while what
// it is for runs, or show that it is looked at for each operation.
func liveElsewhere() map[string]string {
	return map[string]string{
		"auth.intra_cluster.nonce_window":          "../ais/rest/signing_test.go TestCallsAreGoodForTheWindowOnly",
		"auth.intra_cluster.node_join_secret_path": "../ais/primary/join_test.go TestJoinSecret",
		"keepalivetracker.target.factor":           "../ais/primary/heard_test.go TestPatienceFollowsTheConfiguration",
		"keepalivetracker.proxy.interval":          "../ais/primary/heard_test.go TestPatienceFollowsTheConfiguration",
		"keepalivetracker.target.interval":         "../ais/primary/heard_test.go TestPatienceFollowsTheConfiguration",
		"read_without_lease":                       "../ais/target/lease_test.go TestWithoutALease",
		"timeout.lease":                            "../ais/primary/heard_test.go TestPatienceFollowsTheConfiguration",
		"quorum.voters":                            "config_test.go TestVotersFollowTheConfiguration",
		"periodic.lifecycle_time":                  "lifecycle_test.go TestS3LifecycleOnceADay",
		"limits.max_jobs":                          "../xaction/registry_test.go TestBoundsFollowTheConfiguration",
		"limits.max_control_requests":              "../ais/rest/limits_test.go TestBoundsFollowTheConfiguration",
		"limits.max_data_requests":                 "../ais/rest/limits_test.go TestBoundsFollowTheConfiguration",
		"limits.max_nonces":                        "../ais/rest/signing_test.go TestACallIsTakenOnce",
		"limits.max_listings":                      "../jobs/listing/walk_test.go TestOpenWalksAreBounded",
		"limits.max_listings_memory":               "../jobs/listing/walk_test.go TestMemoryOfOpenWalksIsBounded",
		"lso.idle_time":                            "../jobs/listing/walk_test.go TestIdleWalksAreForgotten",
		"log.level":                                "../ais/node/settings_test.go TestLogFollowsItsLevel",
		"log.flush_time":                           "../ais/node/logkeeper_test.go TestLogIsFlushedInTime",
		"log.stats_time":                           "../ais/node/logkeeper_test.go TestCountersThatChangedAreLogged",
		"log.max_total":                            "../ais/node/logkeeper_test.go TestOldLogsAreRemoved",
		"net.http.server_crt":                      "https_test.go TestCertificatesAreExchangedUnderReaders",
		"net.http.server_key":                      "https_test.go TestCertificatesAreExchangedUnderReaders",
	}
}

// liveUntested are settings that are looked at for each operation, and that no
// test changes under it yet.
func liveUntested() []string {
	return []string{
		"keepalivetracker.num_retries", "keepalivetracker.proxy.factor", "keepalivetracker.proxy.name", "keepalivetracker.target.name",
		"limits.job_history", "limits.job_history_time",
		"net.http.client_ca_tls", "net.http.domain_tls", "net.http.skip_verify",
		"space.upload_time",
		"timeout.cplane_operation", "timeout.max_keepalive", "timeout.send_file_time",
	}
}

func TestEveryLiveSettingIsTested(t *testing.T) {
	t.Parallel()
	probes, elsewhere := liveProbes(), liveElsewhere()
	for _, s := range config.Describe(new(config.Default())) {
		if s.Effect != string(config.EffectLive) {
			continue
		}
		where, ok := elsewhere[s.Key]
		switch {
		case probes[s.Key] != nil || slices.Contains(liveUntested(), s.Key):
			continue
		case !ok:
			t.Errorf("%s counts at once, and no test changes it", s.Key)
			continue
		}
		path, name, _ := strings.Cut(where, " ")
		text, err := os.ReadFile(path)
		check.NoError(t, err)
		if !strings.Contains(string(text), "func "+name+"(") {
			t.Errorf("%s: there is no %s in %s", s.Key, name, path)
		}
	}
}

func TestLiveSettings(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, 1000)
	for _, key := range slices.Sorted(maps.Keys(liveProbes())) {
		probe := liveProbes()[key]
		t.Run(key, func(t *testing.T) { probe(t, c.With(t), b) })
	}
}

func probeObjectSize(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	store := func() int {
		return send(t, c, c.Target(0).URL()+objectPath(b, "large"), request{method: http.MethodPut, body: strings.Repeat("x", 2048)}).status
	}
	check.Equal(t, store(), http.StatusOK)
	changed(t, c, "limits.max_object", "1KiB")
	check.Equal(t, store(), http.StatusRequestEntityTooLarge)
}

func probeCustomMetadata(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	store := func() error {
		_, err := c.Client().PutBytes(t.Context(), b, "custom", nil, api.PutOptions{Custom: map[string]string{"k": strings.Repeat("v", 3000)}})
		return err
	}
	check.NoError(t, store())
	changed(t, c, "limits.max_custom_metadata", "2KiB")
	check.Equal(t, store() != nil, true)
}

func probeJSONBody(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	ask := func() int {
		body := `{"action":"list","name":"` + strings.Repeat("x", 100<<10) + `"}`
		return send(t, c, c.URL()+"/v1/buckets", request{method: http.MethodGet, body: body}).status
	}
	if status := ask(); status == http.StatusRequestEntityTooLarge {
		t.Fatal("refused before the change")
	}
	changed(t, c, "limits.max_json_body", "64KiB")
	check.Equal(t, ask(), http.StatusRequestEntityTooLarge)
}

// probeRequests has one request in flight and allows no more. Only the target
// is told: the gateway has to take the next change.
func probeRequests(key string, refusal int) func(*testing.T, *aistest.Cluster, wire.Bucket) {
	return func(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
		target := c.Target(0)
		_, err := c.Client().SetNodeConfig(t.Context(), target.ID(), map[string]string{key: "1"}, api.SetConfigOptions{})
		check.NoError(t, err)
		busy := stuck(t, c, b)
		check.Equal(t, send(t, c, target.URL()+objectPath(b, "o"), request{}).status, refusal)
		busy.Close()
		c.Await("the node to be idle", func() error {
			_, err := c.Client().ResetNodeConfig(t.Context(), target.ID())
			return err
		})
	}
}

// stuck is a PUT that the first target has begun to read, and whose content does not
// come.
func stuck(t *testing.T, c *aistest.Cluster, b wire.Bucket) *dialog {
	t.Helper()
	header := strings.Replace(putHeader(b, "o", 1000), "\r\n", "\r\nExpect: 100-continue\r\n", 1)
	var d *dialog
	c.Await("a write to be under way", func() error {
		d = talk(t, c, c.Target(0).URL())
		d.say(header)
		if a := d.hear(http.MethodPut); a.status != http.StatusContinue {
			d.Close()
			return fmt.Errorf("status %d: %s", a.status, a.body)
		}
		return nil
	})
	d.say("x")
	return d
}

func probeConnections(t *testing.T, c *aistest.Cluster, _ wire.Bucket) {
	served := func() int {
		answered := 0
		for range 40 {
			d := talk(t, c, c.Target(0).URL())
			if _, err := io.WriteString(d.Conn, "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				continue
			}
			if response, err := http.ReadResponse(bufio.NewReader(d.Conn), nil); err == nil {
				response.Body.Close()
				answered++
			}
		}
		return answered
	}
	check.Equal(t, served(), 40)
	changed(t, c, "limits.max_connections", "16")
	if n := served(); n > 16 {
		t.Fatalf("%d connections are served beside those that were open", n)
	}
}

func probeProgress(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	changed(t, c, "timeout.object", "1s")
	began := time.Now()
	d := talk(t, c, c.Target(0).URL())
	d.say(putHeader(b, "o", 1000) + "x")
	if _, err := io.ReadAll(d.reader); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 500*time.Millisecond || took > 20*time.Second {
		t.Fatalf("a request without progress ended after %s", took)
	}
}

func probeDrain(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	changed(t, c, "timeout.drain", "100ms")
	d := talk(t, c, c.Target(0).URL())
	d.say(putHeader(b, "o", 1000) + "x")
	began := time.Now()
	c.Stop(c.Target(0))
	if took := time.Since(began); took > 15*time.Second {
		t.Fatalf("a request in flight held up the end of a node for %s", took)
	}
	c.Restart(c.Target(0))
}

func probeRedirect(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	goodFor := func() time.Duration {
		r, err := http.NewRequest(http.MethodGet, c.URL()+objectPath(b, "o"), nil)
		check.NoError(t, err)
		response, err := noRedirects(c).Do(r)
		check.NoError(t, err)
		response.Body.Close()
		to, err := url.Parse(response.Header.Get("Location"))
		check.NoError(t, err)
		expiry, _, _ := strings.Cut(to.Query().Get(wire.QueryNonce), "-")
		seconds, err := strconv.ParseInt(expiry, 10, 64)
		check.NoError(t, err)
		return time.Until(time.Unix(seconds, 0)).Round(time.Minute)
	}
	check.Equal(t, goodFor(), 5*time.Minute)
	changed(t, c, "auth.intra_cluster.ttl", "1h")
	check.Equal(t, goodFor(), time.Hour)
}

// upload begins an upload of parts and returns the answer, whose body is its id.
func upload(t *testing.T, c *aistest.Cluster, b wire.Bucket) answer {
	t.Helper()
	return do(t, c, request{method: http.MethodPost, path: objectPath(b, "parts"), body: `{"action":"mpt-upload"}`})
}

func probeUploads(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	check.Equal(t, upload(t, c, b).status, http.StatusOK)
	changed(t, c, "limits.max_uploads", "1")
	if status := upload(t, c, b).status; status < 400 {
		t.Fatalf("a second upload is taken: %d", status)
	}
}

func probeParts(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	id := upload(t, c, b).body
	send := func() int {
		path := objectPath(b, "parts")
		if strings.Contains(path, "?") {
			path += "&"
		} else {
			path += "?"
		}
		return do(t, c, request{method: http.MethodPut, path: path + "partNumber=2&uploadId=" + url.QueryEscape(id), body: "part"}).status
	}
	check.Equal(t, send(), http.StatusOK)
	changed(t, c, "limits.max_upload_parts", "1")
	if status := send(); status < 400 {
		t.Fatalf("a second part is taken: %d", status)
	}
}
