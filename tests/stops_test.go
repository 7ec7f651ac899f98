package tests_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// stopped is what the jobs of one run work on.
type stopped struct {
	*aistest.Cluster
	t       *testing.T
	b, to   wire.Bucket
	dir     string // with a file for each object
	objects int
}

// A job of any kind is stopped at a random moment; then the same job runs to its
// end, with the right result. What a stop leaves is not in its way.
func TestJobsStoppedAtRandomMoments(t *testing.T) {
	t.Parallel()
	stops := 20
	if os.Getenv("AIS_SOAK") != "" {
		stops = 200
	}
	c := aistest.Start(t, aistest.Options{Targets: 3})
	seed := time.Now().UnixNano()
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	t.Logf("seed %d", seed)
	kinds, inTime := stoppable(), map[string]int{}
	dir := t.TempDir()
	const objects = 60
	for i := range objects {
		name := fmt.Sprintf("o%03d", i)
		check.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	relaxed := wire.DurabilityRelaxed
	for i := range stops {
		kind := kinds[i%len(kinds)]
		s := &stopped{Cluster: c, t: t, b: c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed}), dir: dir, objects: objects}
		s.to = wire.Bucket{Name: s.b.Name + "-to", Provider: wire.ProviderAIS}
		if kind.name != "promote" {
			fill(t, c, s.b, "o%03d", objects)
		}
		id, err := kind.start(s)
		check.NoError(t, err)
		u := random.Float64()
		time.Sleep(time.Duration(u * u * u * float64(30*time.Millisecond))) // mostly short: so are the jobs
		check.NoError(t, c.Client().StopJob(t.Context(), wire.JobStart{ID: id}))
		if _, ended := c.Client().WaitJob(t.Context(), id, api.WaitOptions{}); ended != nil {
			check.ErrorIs(t, ended, errs.Canceled)
			inTime[kind.name]++
			kind.stopped(s)
			id, err = kind.start(s)
			done(t, c, id, err)
		}
		kind.done(s)
		running, err := c.Client().RunningJobs(t.Context(), wire.JobQuery{ID: id})
		check.NoError(t, err)
		check.Equal(t, len(running) > 0 && !kind.lingers, false)
	}
	t.Logf("of %d stops these came before the end of the job: %v", stops, inTime)
}

// stoppableJob is a kind of job, and what has to hold when it was stopped, and
// when it has come to its end.
type stoppableJob struct {
	name    string
	lingers bool // it is among those that run, idle, for a while after its end
	start   func(*stopped) (string, error)
	stopped func(*stopped)
	done    func(*stopped)
}

func stoppable() []stoppableJob {
	return []stoppableJob{
		{
			name: "delete",
			start: func(s *stopped) (string, error) {
				return s.Client().DeleteObjects(s.t.Context(), s.b, wire.Selector{Workers: 1})
			},
			stopped: func(*stopped) {},
			done:    func(s *stopped) { check.Equal(s.t, listed(s.t, s.Cluster, s.b), []string{}) },
		},
		{
			name: "copy bucket",
			start: func(s *stopped) (string, error) {
				return s.Client().CopyBucket(s.t.Context(), s.b, s.to, wire.CopyOptions{Workers: 1})
			},
			stopped: func(s *stopped) { s.whole(s.b) },
			done:    func(s *stopped) { s.whole(s.b); s.whole(s.to) },
		},
		{
			name: "copy objects", lingers: true,
			start: func(s *stopped) (string, error) {
				which := wire.CopyObjects{Selector: wire.Selector{Template: "o{000..059}", Workers: 1}, To: &s.to}
				return s.Client().CopyObjects(s.t.Context(), s.b, which)
			},
			stopped: func(s *stopped) { s.whole(s.b) },
			done:    func(s *stopped) { s.whole(s.b); s.whole(s.to) },
		},
		{
			name: "rename",
			start: func(s *stopped) (string, error) {
				return s.Client().RenameBucket(s.t.Context(), s.b, s.to)
			},
			stopped: func(s *stopped) {
				_, err := s.Client().HeadBucket(s.t.Context(), s.to)
				check.ErrorIs(s.t, err, errs.NotFound)
				s.whole(s.b)
				fill(s.t, s.Cluster, s.b, "o%03d", 2) // it takes writes again
			},
			done: func(s *stopped) {
				_, err := s.Client().HeadBucket(s.t.Context(), s.b)
				check.ErrorIs(s.t, err, errs.NotFound)
				s.whole(s.to)
			},
		},
		{
			name: "archive", lingers: true,
			start: func(s *stopped) (string, error) {
				return s.Client().ArchiveObjects(s.t.Context(), s.b, wire.ArchiveObjects{Selector: wire.Selector{Template: "o"}, Name: "z/all.tar"})
			},
			stopped: func(s *stopped) {
				_, err := s.Client().Head(s.t.Context(), s.b, "z/all.tar") // whole or not at all
				check.ErrorIs(s.t, err, errs.NotFound)
				s.whole(s.b)
			},
			done: func(s *stopped) { check.Equal(s.t, len(membersOf(s.t, s.Cluster, s.b, "z/all.tar")), s.objects) },
		},
		{
			name: "promote",
			start: func(s *stopped) (string, error) {
				return s.Client().Promote(s.t.Context(), s.b, wire.Promotion{Source: s.dir, Overwrite: true})
			},
			stopped: func(s *stopped) {
				for _, name := range listed(s.t, s.Cluster, s.b) {
					check.Equal(s.t, readAll(s.t, s.Cluster, s.b, name), name)
				}
			},
			done: func(s *stopped) { s.whole(s.b) },
		},
		{
			name:    "summary",
			start:   startSummary,
			stopped: func(*stopped) {},
			done: func(s *stopped) {
				found, err := s.Client().Summary(s.t.Context(), s.b, api.SummaryOptions{})
				check.NoError(s.t, err)
				check.Equal(s.t, int(found[0].Count.Present), s.objects)
			},
		},
	}
}

// whole checks that a bucket has all objects, each with its content, and no other.
func (s *stopped) whole(b wire.Bucket) {
	s.t.Helper()
	names := listed(s.t, s.Cluster, b)
	check.Equal(s.t, len(names), s.objects)
	for _, name := range names {
		check.Equal(s.t, readAll(s.t, s.Cluster, b, name), name)
	}
}

// startSummary starts a summary as the protocol has it; the client's call would
// wait for its end.
func startSummary(s *stopped) (string, error) {
	body := strings.NewReader(`{"action":"summary-bck","value":{"cached":true,"present":true}}`)
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL()+"/v1/buckets/"+s.b.Name+"?provider=ais", body)
	if err != nil {
		return "", err
	}
	response, err := s.HTTP().Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	id, err := io.ReadAll(response.Body)
	check.Equal(s.t, response.StatusCode, http.StatusAccepted)
	return strings.Trim(string(id), `"`), err
}
