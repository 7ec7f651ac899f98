package s3_test

import (
	"strings"
	"testing"
	"time"

	"aistore/access"
	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// refusedOr checks that an error is one for the client, of a request that cannot be
// read or that asks for what there is not.
func refusedOr(t *testing.T, err error) {
	t.Helper()
	if errs.KindOf(err) != errs.Unsupported {
		refusedWell(t, err)
	}
}

func FuzzVersioning(f *testing.F) {
	for _, text := range []string{
		"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
		`<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><MfaDelete>Enabled</MfaDelete><Status>Suspended</Status></VersioningConfiguration>`,
		"<VersioningConfiguration/>", "<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>", "<Status>Enabled</Status>", "", "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		switch history, err := s3.ParseVersioning(text); {
		case err != nil:
			refusedWell(t, err)
		case history != wire.HistoryEnabled && history != wire.HistorySuspended:
			t.Fatalf("a bucket of mode %q", history)
		}
	})
}

func FuzzLock(f *testing.F) {
	for _, text := range []string{
		"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
		"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
		"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>101</Years></DefaultRetention></Rule></ObjectLockConfiguration>",
		"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>-1</Days><Years>9223372036854775807</Years></DefaultRetention></Rule></ObjectLockConfiguration>",
		"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/></ObjectLockConfiguration>", "<ObjectLockConfiguration/>", "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := s3.ParseLock(text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		lock := wire.LockProps{Enabled: *set.Enabled, Mode: *set.Mode, Days: *set.Days, Years: *set.Years}
		check.NoError(t, lock.Validate())
		check.Equal(t, lock.Enabled, true)
		now := time.Now()
		if lock.Mode != "" && !lock.Until(now).After(now) {
			t.Fatalf("%+v locks nothing", lock)
		}
	})
}

func FuzzRetention(f *testing.F) {
	for _, row := range [][2]string{
		{"GOVERNANCE", "2099-01-02T03:04:05Z"}, {"COMPLIANCE", "2199-12-31T23:59:59.999999999+14:00"}, {"governance", "2099-01-02T03:04:05Z"},
		{"", ""}, {"GOVERNANCE", "2001-01-02T03:04:05Z"}, {"GOVERNANCE", "9999-01-02T03:04:05Z"}, {"COMPLIANCE", "Thu, 01 Jan 2099 00:00:00 GMT"},
	} {
		f.Add(row[0], row[1], []byte("<Retention><Mode>"+row[0]+"</Mode><RetainUntilDate>"+row[1]+"</RetainUntilDate></Retention>"))
	}
	f.Fuzz(func(t *testing.T, mode, until string, document []byte) {
		if r, err := s3.RetentionOf(mode, until); err != nil {
			refusedWell(t, err)
		} else {
			checkRetention(t, r)
		}
		if r, err := s3.ParseRetention(document); err != nil {
			refusedWell(t, err)
		} else {
			checkRetention(t, r)
		}
	})
}

// checkRetention checks that what was read locks, and reads so again.
func checkRetention(t *testing.T, r store.Retention) {
	t.Helper()
	if r.Mode == store.RetentionNone || r.Hold || !r.Forbids(time.Now(), store.BypassNothing) {
		t.Fatalf("%+v does not lock", r)
	}
	again, err := s3.RetentionOf(strings.ToUpper(r.Mode.String()), s3.UntilText(r))
	check.NoError(t, err)
	check.Equal(t, again.Mode, r.Mode)
	check.Equal(t, again.Until, r.Until.Truncate(time.Millisecond))
}

func FuzzACL(f *testing.F) {
	grant := func(who, permission string) string {
		return "<AccessControlPolicy><Owner><ID>aistore</ID></Owner><AccessControlList><Grant><Grantee>" + who + "</Grantee><Permission>" + permission + "</Permission></Grant></AccessControlList></AccessControlPolicy>"
	}
	const all = "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>"
	for _, text := range []string{
		grant(all, "READ"), grant(all, "WRITE"), grant(all, "FULL_CONTROL"), grant("<ID>somebody</ID>", "READ"), grant("<ID>aistore</ID>"+all, "READ"),
		grant("<URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI>", "READ"), "<AccessControlPolicy/>", "<AccessControlPolicy>", "",
	} {
		f.Add([]byte(text))
	}
	const most = access.GetObject | access.HeadObject | access.ListObjects | access.HeadBucket | access.PutObject | access.DeleteObject
	f.Fuzz(func(t *testing.T, text []byte) {
		bits, err := s3.ParseACL(text)
		if err != nil {
			refusedOr(t, err)
			return
		}
		if bits&^access.Bits(most) != 0 {
			t.Fatalf("anybody may %b", bits)
		}
		if bits != 0 && !strings.Contains(string(text), "AllUsers") {
			t.Fatalf("anybody may %b, and was not named", bits)
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, body := range []string{
		formOf("content", "key", "a/${filename}", "Content-Type", "text/x"), formOf("", "key", "k"), formOf("x", "key", "a", "key", "b"),
		formOf("x"), formOf("x", "key", "../x"), formOf("x", "key", "k", "x-amz-meta-a", "b\r\nc"), formOf("x", "key", "k")[:150], "--XX--\r\n", "--XX\r\n\r\n", "",
		"--XX\r\nContent-Disposition: form-data; name=\"key\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nk=3D\r\n" + formOf("x"),
	} {
		f.Add("multipart/form-data; boundary=XX", []byte(body))
	}
	f.Add("multipart/form-data", []byte("x"))
	f.Add("multipart/form-data; boundary=\"\"", []byte("x"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		fields, file, err := s3.OpenForm(kind, body)
		if fields == nil {
			check.Equal(t, errs.KindOf(err), errs.Invalid)
			return
		}
		if len(file) > len(body) {
			t.Fatalf("a file of %d bytes in a form of %d", len(file), len(body))
		}
		check.NoError(t, wire.ValidateObjectName(fields["key"]))
		for name, value := range fields {
			if name != strings.ToLower(name) || strings.ContainsAny(name, "\r\n\x00: ") {
				t.Fatalf("field %q", name)
			}
			if name != "key" && name != "tagging" && name != "policy" && strings.ContainsAny(value, "\r\n\x00") {
				t.Fatalf("field %q is %q, which no header can be", name, value)
			}
		}
	})
}

func FuzzChecksumHeader(f *testing.F) {
	for _, row := range [][2]string{{"crc32", "NSRBwg=="}, {"CRC64NVME", "AAAAAAAAAAA="}, {"SHA256", "x"}, {"sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="}, {"crc32c", "NSRBwg==\n"}, {"CRC32", "NSRBw"}} {
		f.Add(row[0], row[1])
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		again, err := s3.ParseChecksum(name, text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		check.Equal(t, again, strings.NewReplacer("\r", "", "\n", "").Replace(text))
	})
}

func FuzzContinuationToken(f *testing.F) {
	for _, token := range []string{"", "QUJDREVGR0hJSktMYS9i", "QUJDREVGR0hJSktM", "=", "QUJDREVGR0hJSktM_w", "%00"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		after, again, err := s3.ResumeListing(token)
		if err != nil {
			refusedWell(t, err)
			return
		}
		same, _, err := s3.ResumeListing(again)
		check.NoError(t, err)
		check.Equal(t, same, after)
	})
}
