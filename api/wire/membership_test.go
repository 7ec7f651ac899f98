package wire_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/internal/check"
)

func TestMembershipNamesEachNodeOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		m    wire.Membership
		want []string
	}{
		{wire.Membership{}, nil},
		{wire.Membership{ID: "target01"}, []string{"target01"}},
		{wire.Membership{IDs: []string{"target01", "target02", "target01"}}, []string{"target01", "target02"}},
		{wire.Membership{ID: "target02", IDs: []string{"target01", "target02"}}, []string{"target02", "target01"}},
	} {
		check.Equal(t, row.m.Nodes(), row.want)
	}
}
