package config_test

import (
	"sync"
	"testing"

	"aistore/config"
	"aistore/internal/check"
)

func TestLiveTellsItsWatchers(t *testing.T) {
	live := config.NewLive(new(config.DefaultLog()))
	var seen []string
	stop := live.OnChange(func(l *config.Log) { seen = append(seen, l.Level) })
	other := live.OnChange(func(*config.Log) {})
	defer other()
	next := config.DefaultLog()
	next.Level = "4"
	live.Set(&next)
	stop()
	stop()
	live.Set(new(config.DefaultLog()))
	check.Equal(t, seen, []string{"4"})
	check.Equal(t, live.Get().Level, "3")
}

func TestSectionFollowsOnlyItsOwnChanges(t *testing.T) {
	live := config.NewLive(new(config.Default()))
	section := config.Section(live, func(c *config.Cluster) *config.Space { return &c.Space })
	changes := 0
	section.OnChange(func(*config.Space) { changes++ })
	set := func(key, value string) {
		next, err := config.Set(live.Get(), map[string]string{key: value})
		check.NoError(t, err)
		live.Set(next)
	}
	set("log.level", "4")
	check.Equal(t, changes, 0)
	set("space.highwm", "91")
	check.Equal(t, changes, 1)
	check.Equal(t, section.Get().HighMark, 91)
}

func TestLiveFromManyGoroutines(t *testing.T) {
	live := config.NewLive(new(config.Default()))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				stop := live.OnChange(func(c *config.Cluster) { _ = c.Log.Level })
				live.Set(new(*live.Get()))
				stop()
			}
		})
	}
	group.Wait()
}
