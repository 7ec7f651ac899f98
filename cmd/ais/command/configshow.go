package command

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

// showClusterSettings prints the settings of the cluster that are in sections,
// all without any.
func (t *Tool) showClusterSettings(ctx context.Context, c *cli.Context, client *api.Client, sections []string) error {
	if c.Bool("json") && !c.Bool("describe") && !c.Bool("changed") && len(sections) == 0 {
		config, err := client.ClusterConfig(ctx)
		if err != nil {
			return err
		}
		return t.printJSON(config)
	}
	all, err := client.ClusterSettings(ctx)
	if err != nil {
		return err
	}
	some, err := inSections(c, all, sections)
	if err != nil {
		return err
	}
	if c.Bool("changed") {
		some = slices.DeleteFunc(some, func(s wire.ConfigSetting) bool { return s.Value == s.Default || s.Effect == readOnly })
	}
	if c.Bool("json") {
		return t.printSettingsJSON(c, some)
	}
	headings := []string{"PROPERTY", "VALUE", "DEFAULT", "EFFECT"}
	return t.printConfig(c, headings, some, func(s wire.ConfigSetting) []string {
		return []string{s.Key, s.Value, defaultOf(s), s.Effect}
	})
}

// readOnly is the effect of settings that cannot be set.
const readOnly = "read-only"

// showNodeSettings prints the settings of a node, of a scope and sections.
func (t *Tool) showNodeSettings(ctx context.Context, c *cli.Context, client *api.Client, of nodeArguments) error {
	if c.Bool("json") && !c.Bool("describe") && !c.Bool("changed") && of.scope == "" && len(of.words) == 0 {
		config, err := client.NodeConfig(ctx, of.id)
		if err != nil {
			return err
		}
		return t.printJSON(config)
	}
	all, err := client.NodeSettings(ctx, of.id)
	if err != nil {
		return err
	}
	if of.scope != "" {
		all = slices.DeleteFunc(all, func(s wire.ConfigSetting) bool { return s.Local != (of.scope == scopeLocal) })
	}
	some, err := inSections(c, all, of.words)
	if err != nil {
		return err
	}
	if c.Bool("changed") {
		some = slices.DeleteFunc(some, func(s wire.ConfigSetting) bool { return !isOwn(s) })
	}
	if c.Bool("json") {
		return t.printSettingsJSON(c, some)
	}
	headings := []string{"PROPERTY", "VALUE", "FROM", "INSTEAD OF", "EFFECT"}
	err = t.printConfig(c, headings, some, func(s wire.ConfigSetting) []string {
		return []string{s.Key, s.Value, s.Source, insteadOf(s), s.Effect}
	})
	for _, s := range some {
		if s.Problem != "" {
			t.notef("%s: %s\n", s.Key, s.Problem)
		}
	}
	return err
}

// isOwn reports whether a node has a value of its own.
func isOwn(s wire.ConfigSetting) bool {
	return s.Source == wire.SourceOverride || s.Source == wire.SourceTransient
}

func insteadOf(s wire.ConfigSetting) string {
	if isOwn(s) {
		return s.Cluster
	}
	return "-"
}

func defaultOf(s wire.ConfigSetting) string {
	if s.Value == s.Default {
		return "-"
	}
	return s.Default
}

// inSections keeps the settings that are in one of the sections, or are one of
// them; all without any.
func inSections(c *cli.Context, all []wire.ConfigSetting, sections []string) ([]wire.ConfigSetting, error) {
	if len(sections) == 0 {
		return all, nil
	}
	var some []wire.ConfigSetting
	for i, section := range sections {
		found := false
		for _, s := range all {
			if s.Key == section || strings.HasPrefix(s.Key, section+".") {
				some, found = append(some, s), true
			}
		}
		if !found {
			if i > 0 && slices.ContainsFunc(all, func(s wire.ConfigSetting) bool { return s.Key == sections[i-1] }) {
				return nil, misused(c, "no section \""+section+"\", did you mean \""+sections[i-1]+"="+section+"\"?")
			}
			return nil, misused(c, "no section \""+section+"\""+suggestKey(section, all))
		}
	}
	return some, nil
}

func suggestKey(word string, all []wire.ConfigSetting) string {
	var names []string
	for _, s := range all {
		names = append(names, s.Key, firstPart(s.Key))
	}
	if near := nearest(word, names); near != "" {
		return ", did you mean \"" + near + "\"?"
	}
	return ""
}

// printSettingsJSON prints settings as an object from name to value, or with all
// there is to know of them.
func (t *Tool) printSettingsJSON(c *cli.Context, settings []wire.ConfigSetting) error {
	if c.Bool("describe") {
		return t.printJSON(settings)
	}
	values := make(map[string]string, len(settings))
	for _, s := range settings {
		values[s.Key] = s.Value
	}
	return t.printJSON(values)
}

// printConfig prints settings as a table.
func (t *Tool) printConfig(c *cli.Context, headings []string, settings []wire.ConfigSetting, row func(wire.ConfigSetting) []string) error {
	if c.Bool("describe") {
		headings = append(headings, "CHOICES")
	}
	out := t.newTable(c.Bool("no-headers"), headings...)
	for _, s := range settings {
		cells := row(s)
		if c.Bool("describe") {
			cells = append(cells, strings.Join(s.Choices, " "))
		}
		out.add(cells...)
	}
	return out.flush()
}
