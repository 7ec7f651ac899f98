package command

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

// What a jobView says of a job.
const (
	jobNothing = "nothing to do" // none was started
	jobStarted = "started"
	jobEnded   = "ended"
)

// jobView is a job that a command has started or waited for, with --json.
type jobView struct {
	ID      string `json:"id,omitempty"`
	State   string `json:"state"`
	Objects int64  `json:"objects,omitempty"` // of a job that has ended
	Bytes   int64  `json:"bytes,omitempty"`
}

// jobRows are the rows of jobs, newest first: one for each, or for each share.
func jobRows(shares map[string][]wire.JobSnapshot, each bool) [][]string {
	type line struct {
		target string
		shares []wire.JobSnapshot
	}
	byJob := map[string]*line{}
	var lines []*line
	for _, target := range slices.Sorted(maps.Keys(shares)) {
		for _, s := range shares[target] {
			key := s.ID
			if each {
				key += target
			}
			if byJob[key] == nil {
				byJob[key] = &line{target: target}
				lines = append(lines, byJob[key])
			}
			byJob[key].shares = append(byJob[key].shares, s)
		}
	}
	slices.SortStableFunc(lines, func(a, b *line) int {
		first, second := progressOf(a.shares).began, progressOf(b.shares).began
		return cmp.Or(second.Compare(first), strings.Compare(a.shares[0].ID, b.shares[0].ID))
	})
	var rows [][]string
	for _, l := range lines {
		first, p := &l.shares[0], progressOf(l.shares)
		row := []string{first.Kind, first.ID}
		if each {
			row = append(row, l.target)
		}
		rows = append(rows, append(row, bucketsText(first), p.objectsText(), p.bytesText(), p.rateText(),
			first.StartTime.Local().Format(time.DateTime), p.state()))
	}
	return rows
}

// bucketsText names the buckets of a job.
func bucketsText(s *wire.JobSnapshot) string {
	switch {
	case s.Bucket.Name == "":
		return "-"
	case s.Destination.Name != "" && s.Destination != s.Bucket:
		return s.Bucket.String() + " => " + s.Destination.String()
	}
	return s.Bucket.String()
}

// jobProgress is how far a job is, over several of its shares.
type jobProgress struct {
	objects, bytes           int64
	totalObjects, totalBytes int64 // 0 is unknown
	began, ended             time.Time
	running, aborted         bool
	failures                 int64
	err                      string
}

func progressOf(shares []wire.JobSnapshot) jobProgress {
	var p jobProgress
	known := true
	for i := range shares {
		s := &shares[i]
		p.objects += s.Stats.Objects
		p.bytes += s.Stats.Bytes
		if p.began.IsZero() || s.StartTime.Before(p.began) {
			p.began = s.StartTime
		}
		if s.EndTime.After(p.ended) {
			p.ended = s.EndTime
		}
		p.running = p.running || !s.Idle
		p.aborted = p.aborted || s.Aborted
		p.err = cmp.Or(p.err, s.Error)
		extra := extraOf(s)
		p.failures += extra.Failures
		p.totalObjects += extra.TotalObjects
		p.totalBytes += extra.TotalBytes
		known = known && extra.TotalObjects > 0
	}
	if !known {
		p.totalObjects, p.totalBytes = 0, 0
	}
	return p
}

// jobExtra is the part of a snapshot beyond the protocol.
type jobExtra struct {
	TotalObjects int64 `json:"total-objs,string"`
	TotalBytes   int64 `json:"total-bytes,string"`
	Failures     int64 `json:"failures,string"`
}

func extraOf(s *wire.JobSnapshot) jobExtra {
	var e jobExtra
	if len(s.Ext) > 0 && jsonx.Unmarshal(s.Ext, &e) != nil {
		return jobExtra{} // of another release
	}
	return e
}

func (p *jobProgress) objectsText() string {
	text := strconv.FormatInt(p.objects, 10)
	if p.running && p.totalObjects > 0 {
		text += "/" + strconv.FormatInt(p.totalObjects, 10)
	}
	return text
}

func (p *jobProgress) bytesText() string {
	if p.bytes == 0 {
		return "-"
	}
	return units.Size(p.bytes).Human()
}

// elapsed is how long the job has worked.
func (p *jobProgress) elapsed() time.Duration {
	if p.running || p.ended.IsZero() {
		return time.Since(p.began)
	}
	return p.ended.Sub(p.began)
}

func (p *jobProgress) rateText() string {
	if p.bytes == 0 {
		return "-"
	}
	return units.Size(float64(p.bytes)/max(p.elapsed().Seconds(), 0.001)).Human() + "/s"
}

// state is in one word, or a few, how the job is.
func (p *jobProgress) state() string {
	switch {
	case p.aborted:
		return "stopped"
	case p.err != "" && p.failures > 0:
		return strconv.FormatInt(p.failures, 10) + " failed: " + p.err
	case p.err != "":
		return "failed: " + p.err
	case !p.running:
		return "done in " + units.Duration(p.elapsed().Round(time.Millisecond)).String()
	case p.totalObjects > 0 && p.objects > 0:
		share := float64(p.objects) / float64(p.totalObjects)
		left := time.Duration(float64(p.elapsed()) * (1 - share) / share)
		return "running, " + strconv.Itoa(int(100*share)) + "%, " + units.Duration(left.Round(time.Second)).String() + " left"
	}
	return "running"
}
