package command

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

// jobCommand is "ais job".
func (t *Tool) jobCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "job",
		Usage: "start, stop, wait for and show jobs",
		Subcommands: []cli.Command{
			t.startCommand(ctx),
			t.stopCommand(ctx),
			t.waitCommand(ctx),
			named(t.showJobCommand(ctx), "show"),
		},
	}
}

func waitFlag() cli.Flag { return cli.BoolFlag{Name: "wait", Usage: "wait until the job has ended"} }

func waitTimeFlag() cli.Flag {
	return cli.DurationFlag{Name: "timeout", Usage: "wait no longer than this, as 10m"}
}

func (t *Tool) startCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "start",
		Usage:     "start a job of a kind that needs no more than a bucket",
		ArgsUsage: "KIND [BUCKET]",
		Flags:     []cli.Flag{waitFlag(), waitTimeFlag(), progressFlag()},
		Action:    with(ctx, t.startJob),
		Description: `   ais job start prefetch-objects s3://images --wait
`,
	}
}

func (t *Tool) startJob(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	start := wire.JobStart{Kind: c.Args().First()}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return err
		}
		start.Bucket = &b
	}
	return t.withJob(ctx, c, start.Kind, func(client *api.Client) (string, error) { return client.StartJob(ctx, start) })
}

// withJob starts a job and says which; with --wait it waits for its end.
func (t *Tool) withJob(ctx context.Context, c *cli.Context, what string, start func(*api.Client) (string, error)) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := start(client)
	if err != nil {
		return err
	}
	if id == "" {
		return t.printf("%s: nothing to do\n", what)
	}
	if !c.Bool("wait") && !c.Bool("progress") {
		return t.printf("%s: started job %s. \"ais job wait %s\" waits for it, \"ais job show %s\" shows it\n", what, id, id, id)
	}
	return t.awaitJob(ctx, c, client, id)
}

func (t *Tool) waitCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "wait",
		Usage:     "wait until jobs have ended",
		ArgsUsage: "JOB_ID [JOB_ID...]",
		Flags:     []cli.Flag{waitTimeFlag(), progressFlag()},
		Action:    with(ctx, t.waitJobs),
		Description: `   ais job wait tco-UF2NSO3RAA
   ais job wait UF2NSO3RAA --timeout 10m --progress
`,
	}
}

func (t *Tool) waitJobs(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, id := range c.Args() {
		if err := t.awaitJob(ctx, c, client, id); err != nil {
			return err
		}
	}
	return nil
}

// awaitJob waits for the end of a job, with a bar if somebody sees it, and says
// what it did.
func (t *Tool) awaitJob(ctx context.Context, c *cli.Context, client *api.Client, id string) error {
	if limit := c.Duration("timeout"); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	bar := t.newProgress(ctx, c, 0, 0)
	defer bar.finish()
	shown := progressOf(nil)
	shares, err := client.WaitJob(ctx, id, api.WaitOptions{Progress: func(shares []wire.JobSnapshot) {
		now := progressOf(shares)
		bar.advance(now.objects-shown.objects, now.bytes-shown.bytes)
		shown = now
	}})
	if err != nil {
		return err
	}
	bar.finish()
	p := progressOf(shares)
	line := "Job " + id + " has ended: " + countObjects(p.objects)
	if p.bytes > 0 {
		line += ", " + units.Size(p.bytes).Human()
	}
	return t.printf("%s\n", line)
}

func (t *Tool) stopCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "stop",
		Usage:     "stop jobs: one by its id, or those of a kind",
		ArgsUsage: "JOB_ID|KIND [BUCKET]",
		Action:    with(ctx, t.stopJob),
		Description: `   ais job stop UF2NSO3RAA
   ais job stop copy-bucket
   ais job stop delete-objects ais://train
`,
	}
}

func (t *Tool) stopJob(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	word := c.Args().First()
	stop := wire.JobStart{ID: word}
	if strings.ToLower(word) == word && strings.Contains(word, "-") || c.NArg() == 2 {
		stop = wire.JobStart{Kind: word}
	}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return err
		}
		stop.Bucket = &b
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.StopJob(ctx, stop); err != nil {
		return err
	}
	return t.printf("%s stopped\n", word)
}

func (t *Tool) showJobCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "job",
		Usage:     "show what runs and what has run",
		ArgsUsage: "[JOB_ID|KIND [BUCKET]]",
		Flags: append([]cli.Flag{
			cli.BoolFlag{Name: "all", Usage: "also those that have ended"},
			cli.BoolFlag{Name: "verbose, v", Usage: "one line for each target"},
			noHeaderFlag(), jsonFlag(),
		}, repeatFlags()...),
		Action: with(ctx, func(ctx context.Context, c *cli.Context) error { return t.repeat(ctx, c, t.showJobs) }),
		Description: `   ais show job
   ais show job --all
   ais show job copy-bucket ais://train --refresh 2s
   ais show job UF2NSO3RAA --verbose
`,
	}
}

// showJobs prints the jobs that run, or that the arguments name.
func (t *Tool) showJobs(ctx context.Context, c *cli.Context, client *api.Client) error {
	if err := wantArguments(c, 0, 2); err != nil {
		return err
	}
	query, err := t.jobQuery(ctx, c, client)
	if err != nil {
		return err
	}
	shares, err := client.Jobs(ctx, query)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(shares)
	}
	rows := jobRows(shares, c.Bool("verbose"))
	if len(rows) == 0 {
		if query.OnlyActive != nil {
			t.notef("Nothing runs. \"ais show job --all\" shows what has ended\n")
		} else {
			t.notef("No such jobs\n")
		}
		return nil
	}
	table := t.newTable(c.Bool("no-headers"), "KIND", "ID", "TARGET", "BUCKET", ">OBJECTS", ">BYTES", ">RATE", "START", "STATE")
	if !c.Bool("verbose") {
		table = t.newTable(c.Bool("no-headers"), "KIND", "ID", "BUCKET", ">OBJECTS", ">BYTES", ">RATE", "START", "STATE")
	}
	for _, row := range rows {
		table.add(row...)
	}
	return table.flush()
}

// jobQuery makes a query of the arguments: what runs, or a job, or a kind.
func (t *Tool) jobQuery(ctx context.Context, c *cli.Context, client *api.Client) (wire.JobQuery, error) {
	var q wire.JobQuery
	if !c.Bool("all") {
		active := true
		q.OnlyActive = &active
	}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return q, err
		}
		q.Bucket = &b
	}
	word := c.Args().First()
	if word == "" {
		return q, nil
	}
	byID := wire.JobQuery{ID: word, Bucket: q.Bucket}
	_, err := client.JobStatus(ctx, byID)
	switch {
	case err == nil:
		return byID, nil
	case errs.KindOf(err) != errs.NotFound:
		return q, err
	case strings.ToUpper(word) == word:
		return q, err // it looks like an id
	}
	q.Kind = word
	return q, nil
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
