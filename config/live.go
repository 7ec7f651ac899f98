package config

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// Live is a configuration, or a section of one, that changes while the node
// runs. Long-lived parts hold a Live and call Get once per operation. What Get
// returns is never changed. It is safe for concurrent use.
type Live[T any] struct {
	value atomic.Pointer[T]

	mu       sync.Mutex
	watchers []*func(*T) // guarded by mu; never changed in place
}

// NewLive returns a Live with that value, which must not change from now on.
func NewLive[T any](value *T) *Live[T] {
	l := &Live[T]{}
	l.value.Store(value)
	return l
}

// Get returns the value in force. The caller must not change it.
func (l *Live[T]) Get() *T { return l.value.Load() }

// Set puts a new value in force, and then calls everyone who watches, one
// after the other, before it returns. The value must not change from now on.
func (l *Live[T]) Set(value *T) {
	l.value.Store(value)
	l.mu.Lock()
	watchers := l.watchers
	l.mu.Unlock()
	for _, watch := range watchers {
		(*watch)(l.Get())
	}
}

// OnChange calls watch after each Set, with the value in force by then, until
// stop is called. A call that has begun may end after stop. Watch must be
// quick, since Set waits for it, and must not call Set.
func (l *Live[T]) OnChange(watch func(*T)) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(slices.Clone(l.watchers), &watch)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.watchers = slices.DeleteFunc(slices.Clone(l.watchers), func(w *func(*T)) bool { return w == &watch })
	}
}

// Section returns a Live that follows one section of another, and is set only
// when that section becomes different. It lives as long as the other does.
func Section[T, S any](of *Live[T], pick func(*T) *S) *Live[S] {
	section := NewLive(pick(of.Get()))
	of.OnChange(func(value *T) {
		if next := pick(value); !reflect.DeepEqual(section.Get(), next) {
			section.Set(next)
		}
	})
	return section
}
