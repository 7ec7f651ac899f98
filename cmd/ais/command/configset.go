package command

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// configChange is what a command line sets: settings by name, or as JSON.
type configChange struct {
	pairs map[string]string
	json  []byte
}

// configChange reads what is to be set from words, or from the file that
// --file names; nil means nothing.
func (t *Tool) configChange(c *cli.Context, words []string) (*configChange, error) {
	sets := slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, "=") || isJSON(word) })
	name := c.String("file")
	switch {
	case name != "" && len(words) > 0:
		return nil, misused(c, "--file and \""+words[0]+"\": want one of them")
	case name != "":
		text, err := t.readConfig(name)
		return &configChange{json: text}, err
	case !sets:
		if c.Bool("transient") {
			return nil, misused(c, "--transient: say what to set, as KEY=VALUE")
		}
		return nil, nil
	case len(words) == 1 && isJSON(words[0]):
		return &configChange{json: []byte(words[0])}, nil
	case slices.ContainsFunc(words, isJSON):
		return nil, misused(c, "want either KEY=VALUE... or one JSON object")
	}
	pairs, err := pairsOf(c, words)
	return &configChange{pairs: pairs}, err
}

func isJSON(word string) bool { return strings.HasPrefix(strings.TrimSpace(word), "{") }

// maxConfigFile bounds what --file reads.
const maxConfigFile = 16 << 20

func (t *Tool) readConfig(name string) ([]byte, error) {
	text, err := t.readFile(name, maxConfigFile)
	if err == nil && !isJSON(string(text)) {
		return nil, errs.E("read configuration", name, errs.Invalid, errors.New("want a JSON object"))
	}
	return text, err
}

// readFile returns up to most bytes of a file, of standard input where its name is "-".
func (t *Tool) readFile(name string, most int64) ([]byte, error) {
	from := t.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, errs.E("read", name, errs.NotFound, err)
		}
		defer file.Close()
		from = file
	}
	return io.ReadAll(io.LimitReader(from, most))
}

// keys are the names of the settings that change would make different from what
// all says.
func (change *configChange) keys(all []wire.ConfigSetting) ([]string, error) {
	values := change.pairs
	if values == nil {
		flat, err := flatten(jsonx.RawMessage(change.json))
		if err != nil {
			return nil, errs.E("read configuration", "", errs.Invalid, err)
		}
		values = map[string]string{}
		for _, s := range flat {
			values[s.Name] = s.Value
		}
	}
	var keys []string
	for _, s := range all {
		if value, ok := values[s.Key]; ok && value != s.Value {
			keys = append(keys, s.Key)
		}
	}
	return keys, nil
}

// configTarget is whose configuration is changed: that of a node, or of the
// cluster.
type configTarget struct {
	client *api.Client
	node   string // "" is the cluster
	scope  string // settings of the node that may be changed; "" is all
}

func (o configTarget) settings(ctx context.Context) ([]wire.ConfigSetting, error) {
	if o.node == "" {
		return o.client.ClusterSettings(ctx)
	}
	return o.client.NodeSettings(ctx, o.node)
}

// name is how messages name the target.
func (o configTarget) name() string {
	if o.node == "" {
		return "the cluster"
	}
	return o.node
}

func (o configTarget) set(ctx context.Context, change *configChange, how api.SetConfigOptions) (*wire.ConfigReply, error) {
	switch {
	case o.node == "" && change.pairs != nil:
		return o.client.SetClusterConfig(ctx, change.pairs, how)
	case o.node == "":
		return o.client.MergeClusterConfig(ctx, change.json)
	case change.pairs != nil:
		return o.client.SetNodeConfig(ctx, o.node, change.pairs, how)
	}
	return o.client.MergeNodeConfig(ctx, o.node, change.json)
}

func (o configTarget) reset(ctx context.Context, names []string) (*wire.ConfigReply, error) {
	if o.node == "" {
		return o.client.ResetClusterConfig(ctx, names...)
	}
	return o.client.ResetNodeConfig(ctx, o.node, names...)
}

// setConfig sets settings, after a question where that can cut nodes or clients
// off, and says what became of it.
func (t *Tool) setConfig(ctx context.Context, c *cli.Context, of configTarget, change *configChange) error {
	if c.Bool("transient") && change.pairs == nil {
		return misused(c, "--transient: give settings as KEY=VALUE")
	}
	all, err := of.settings(ctx)
	if err != nil {
		return err
	}
	keys, err := change.keys(all)
	if err != nil {
		return err
	}
	if err := inScope(c, of, all, keys); err != nil {
		return err
	}
	if risky := riskyAmong(all, keys); len(risky) > 0 {
		if err := t.confirm(c, "A wrong value of %s can cut nodes or clients off. Change it?", strings.Join(risky, ", ")); err != nil {
			return err
		}
	}
	reply, err := of.set(ctx, change, api.SetConfigOptions{Transient: c.Bool("transient")})
	if err != nil {
		return err
	}
	return t.printChanges(c, of, reply)
}

// inScope refuses settings of a node that are not in the scope that was named.
func inScope(c *cli.Context, of configTarget, all []wire.ConfigSetting, keys []string) error {
	for _, s := range all {
		if of.scope == "" || s.Local == (of.scope == scopeLocal) || !slices.Contains(keys, s.Key) {
			continue
		}
		if s.Local {
			return misused(c, s.Key+" is a setting of the node itself: say \"local\", not \"inherited\"")
		}
		return misused(c, s.Key+" is a setting of the cluster: say \"inherited\", not \"local\"")
	}
	return nil
}

// riskyAmong returns those of keys that can cut nodes or clients off.
func riskyAmong(all []wire.ConfigSetting, keys []string) []string {
	var risky []string
	for _, s := range all {
		if s.Risky && slices.Contains(keys, s.Key) {
			risky = append(risky, s.Key)
		}
	}
	return risky
}

// printChanges says what is different now, and when that counts.
func (t *Tool) printChanges(c *cli.Context, of configTarget, reply *wire.ConfigReply) error {
	if c.Bool("json") {
		return t.printJSON(reply)
	}
	if len(reply.Changed) == 0 {
		return t.printf("Nothing has changed, all is so already\n")
	}
	out := t.newTable(c.Bool("no-headers"), "PROPERTY", "WAS", "IS", "EFFECT")
	for _, change := range reply.Changed {
		out.add(change.Key, change.From, change.To, change.Effect)
	}
	if err := out.flush(); err != nil {
		return err
	}
	t.explainEffects(reply.Changed)
	how := ""
	if c.Bool("transient") {
		how = " until the nodes restart"
	}
	return t.printf("Configuration of %s changed%s\n", of.name(), how)
}

// explainEffects warns of what does not count at once.
func (t *Tool) explainEffects(changes []wire.ConfigChange) {
	for _, change := range changes {
		switch change.Effect {
		case "restart":
			t.notef("Note: %s counts on each node from its next start on\n", change.Key)
		case "no effect yet":
			t.notef("Note: %s is kept, and has no effect yet in this release\n", change.Key)
		}
	}
}

func (t *Tool) resetConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "reset",
		Usage:     "give settings of the cluster their defaults back, or end what is set on one node only",
		ArgsUsage: "[cluster|NODE] [SECTION|KEY...]",
		Flags:     []cli.Flag{noHeaderFlag(), jsonFlag(), yesFlag()},
		Action:    with(ctx, t.resetConfig),
		Description: `   ais config reset                   # all, but for auth, backend, net and proxy
   ais config reset cluster log timeout.object
   ais config reset t1a2b3c4          # all as in the cluster again
`,
	}
}

func (t *Tool) resetConfig(ctx context.Context, c *cli.Context) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	of, names := configTarget{client: client}, []string(c.Args())
	if len(names) > 0 {
		first := names[0]
		names = names[1:]
		if first != "cluster" {
			if of.node, err = nodeID(ctx, client, first); err != nil {
				return err
			}
		}
	}
	if err := t.confirmReset(ctx, c, of, names); err != nil {
		return err
	}
	reply, err := of.reset(ctx, names)
	if err != nil {
		return err
	}
	return t.printChanges(c, of, reply)
}

// confirmReset asks before a reset of everything in the cluster, or of what can
// cut nodes or clients off.
func (t *Tool) confirmReset(ctx context.Context, c *cli.Context, of configTarget, names []string) error {
	if of.node == "" && len(names) == 0 {
		return t.confirm(c, "Give all settings of the cluster their defaults back, but for auth, backend, net and proxy?")
	}
	all, err := of.settings(ctx)
	if err != nil {
		return err
	}
	var keys []string
	for _, s := range all {
		if of.node != "" && !isOwn(s) || of.node == "" && s.Value == s.Default {
			continue
		}
		if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return s.Key == n || strings.HasPrefix(s.Key, n+".") }) {
			keys = append(keys, s.Key)
		}
	}
	if risky := riskyAmong(all, keys); len(risky) > 0 {
		return t.confirm(c, "A wrong value of %s can cut nodes or clients off. Reset it?", strings.Join(risky, ", "))
	}
	return nil
}
