package errs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"aistore/errs"
	"aistore/internal/check"
)

func allKinds() []errs.Kind {
	return []errs.Kind{
		errs.Invalid, errs.Unauthenticated, errs.Forbidden, errs.NotFound, errs.Method, errs.Exists, errs.Busy,
		errs.Conflict, errs.Gone, errs.Precondition, errs.TooLarge, errs.Range, errs.Locked, errs.Throttled,
		errs.Canceled, errs.Internal, errs.Corrupt, errs.Unsupported, errs.Unavailable, errs.NoSpace, errs.NotModified,
	}
}

func TestEveryKindHasItsStatus(t *testing.T) {
	want := []int{400, 401, 403, 404, 405, 409, 409, 409, 410, 412, 413, 416, 423, 429, 499, 500, 500, 501, 503, 507, 304}
	for i, kind := range allKinds() {
		if got := kind.Status(); got != want[i] {
			t.Errorf("%s: status %d, want %d", kind, got, want[i])
		}
		if code := kind.ExitCode(); code == 0 {
			t.Errorf("%s: exit code 0", kind)
		}
	}
	check.Equal(t, errs.Kind("").Status(), 200)
	check.Equal(t, errs.Kind("").ExitCode(), 0)
	check.Equal(t, errs.Kind("from the future").Status(), 500)
}

func TestErrorReadsOperationSubjectCause(t *testing.T) {
	cause := errors.New("disk on fire")
	tests := []struct {
		err  error
		want string
	}{
		{errs.E("store.Open", "ais://b/o", errs.Internal, cause), "store.Open ais://b/o: disk on fire"},
		{errs.E("store.Open", "", errs.Internal, cause), "store.Open: disk on fire"},
		{errs.E("", "", errs.Internal, cause), "disk on fire"},
		{errs.E("store.Open", "x", errs.Busy, nil), "store.Open x: busy"},
		{errs.ObjectNotFound("store.Open", "ais://b/o"), "store.Open ais://b/o: object ais://b/o does not exist"},
		{errs.E("a.A", "1", "", errs.E("b.B", "2", errs.Gone, cause)), "a.A 1: b.B 2: disk on fire"},
		{&errs.Error{}, "internal"},
	}
	for _, test := range tests {
		check.Equal(t, test.err.Error(), test.want)
	}
}

func TestKindOf(t *testing.T) {
	inner := errs.E("b.B", "x", errs.NotFound, nil)
	tests := []struct {
		name string
		err  error
		want errs.Kind
	}{
		{"nil", nil, ""},
		{"a stranger", errors.New("x"), errs.Internal},
		{"a bare kind", fmt.Errorf("y: %w", errs.Busy), errs.Busy},
		{"outermost wins", errs.E("a.A", "", errs.Unavailable, inner), errs.Unavailable},
		{"an empty kind keeps the inner", errs.E("a.A", "", "", inner), errs.NotFound},
		{"an empty kind in a literal too", &errs.Error{Op: "a.A", Err: inner}, errs.NotFound},
		{"an empty kind around a stranger", errs.E("a.A", "", "", errors.New("x")), errs.Internal},
		{"an empty kind around nothing", errs.E("a.A", "", "", nil), errs.Internal},
		{"canceled", fmt.Errorf("y: %w", context.Canceled), errs.Canceled},
		{"canceled, wrapped", errs.E("a.A", "", "", context.Canceled), errs.Canceled},
		{"too late", context.DeadlineExceeded, errs.Unavailable},
		{"joined", errors.Join(errors.New("x"), inner), errs.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check.Equal(t, errs.KindOf(test.err), test.want)
		})
	}
}

func TestErrorIsBothKindAndCause(t *testing.T) {
	err := fmt.Errorf("deep: %w", errs.E("a.A", "x", errs.NotFound, fs.ErrNotExist))
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, err, fs.ErrNotExist)
	if errors.Is(err, errs.Busy) {
		t.Error("it is Busy as well")
	}
}

func TestOutermostWordsCount(t *testing.T) {
	inner := errs.BucketNotFound("b.B", "ais://x")
	inner.RetryAfter = time.Second
	outer := errs.E("a.A", "y", "", inner)
	check.Equal(t, errs.PublicOf(outer), `bucket "ais://x" does not exist`)
	check.Equal(t, errs.CodeOf(outer), "ErrBckNotFound")
	check.Equal(t, errs.RetryAfterOf(outer), time.Second)
	outer.Public, outer.Code, outer.RetryAfter = "other words", "ErrOther", time.Minute
	check.Equal(t, errs.PublicOf(outer), "other words")
	check.Equal(t, errs.CodeOf(outer), "ErrOther")
	check.Equal(t, errs.RetryAfterOf(outer), time.Minute)
	check.Equal(t, errs.PublicOf(errs.E("a.B", "x", "", errs.E("c.D", "", errs.Invalid, errors.New("no good")))), "x: no good")
	check.Equal(t, errs.PublicOf(errors.Join(errs.E("a.B", "x", errs.Busy, io.EOF), errs.E("c.D", "y", errs.Busy, io.EOF))), "x: EOF\ny: EOF")
	check.Equal(t, errs.PublicOf(fmt.Errorf("part: %w", errs.E("a.B", "x", errs.Busy, io.EOF))), "part: x: EOF")
	check.Equal(t, errs.PublicOf(fmt.Errorf("one %w two %w", io.EOF, io.EOF)), "one EOF two EOF")
	check.Equal(t, errs.PublicOf(errs.E("a.B", "x", errs.Busy, nil)), "x: "+string(errs.Busy))
	check.Equal(t, errs.PublicOf(nil), "")
	check.Equal(t, errs.CodeOf(nil), "")
}

func TestSentencesAreThoseOfTheWire(t *testing.T) {
	tests := []struct {
		err           *errs.Error
		kind          errs.Kind
		code, message string
	}{
		{errs.BucketNotFound("a.A", "ais://x"), errs.NotFound, "ErrBckNotFound", `bucket "ais://x" does not exist`},
		{errs.RemoteBucketNotFound("a.A", "s3://x"), errs.NotFound, "ErrRemoteBckNotFound", `remote bucket "s3://x" does not exist`},
		{errs.BucketExists("a.A", "ais://x"), errs.Exists, "ErrBucketAlreadyExists", `bucket "ais://x" already exists`},
		{errs.ObjectNotFound("a.A", "ais://b/o"), errs.NotFound, "ErrNotFound", `object ais://b/o does not exist`},
	}
	for _, test := range tests {
		w := errs.ToWire(test.err, errs.Wire{})
		check.Equal(t, w, errs.Wire{TypeCode: test.code, Message: test.message, Status: test.kind.Status()})
	}
}

func TestKindSurvivesTheWire(t *testing.T) {
	for _, kind := range allKinds() {
		sent := errs.ToWire(errs.E("a.A", "x", kind, nil), errs.Wire{Method: "GET", URLPath: "/v1/objects/b/o", Node: "t[1]"})
		data, err := json.Marshal(sent)
		check.NoError(t, err)
		var received errs.Wire
		check.NoError(t, json.Unmarshal(data, &received))
		back := errs.FromWire(received)
		check.ErrorIs(t, back, kind)
		check.Equal(t, errs.KindOf(back), kind)
		check.Equal(t, back.Public, sent.Message)
		check.Equal(t, back.Error(), "GET /v1/objects/b/o: x: "+string(kind))
	}
	check.ErrorIs(t, errs.FromWire(errs.ToWire(errs.BucketExists("a.A", "ais://x"), errs.Wire{})), errs.Exists)
}

func TestStrangeStatusStillHasAKind(t *testing.T) {
	for status, want := range map[int]errs.Kind{0: errs.Invalid, 418: errs.Invalid, 502: errs.Internal, 409: errs.Conflict} {
		check.Equal(t, errs.FromWire(errs.Wire{Status: status, TypeCode: "ErrUnheardOf"}).Kind, want)
	}
}

func TestWireHasTheFixedKeys(t *testing.T) {
	data, err := json.Marshal(errs.Wire{TypeCode: "1", Message: "2", Method: "3", URLPath: "4", RemoteAddr: "5", Caller: "6", Node: "7", Status: 8})
	check.NoError(t, err)
	check.Equal(t, string(data),
		`{"tcode":"1","message":"2","method":"3","url_path":"4","remote_addr":"5","caller":"6","node":"7","status":8}`)
	data, err = json.Marshal(errs.Wire{})
	check.NoError(t, err)
	check.Equal(t, string(data), `{"message":"","method":"","url_path":"","remote_addr":"","caller":"","node":"","status":0}`)
}

func FuzzWire(f *testing.F) {
	f.Add([]byte(`{"tcode":"ErrBckNotFound","message":"bucket \"ais://x\" does not exist","status":404}`))
	f.Add([]byte(`{"status":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var w errs.Wire
		if json.Unmarshal(data, &w) != nil {
			return
		}
		err := errs.FromWire(w)
		kind := errs.KindOf(err)
		if kind == "" || kind.Status() == 0 || err.Error() == "" {
			t.Errorf("%+v gives %+v", w, err)
		}
		again := errs.FromWire(errs.ToWire(err, errs.Wire{}))
		if errs.KindOf(again) != kind {
			t.Errorf("%s became %s", kind, errs.KindOf(again))
		}
	})
}
