package tests

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"aistore/access"
	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/check"
)

// unsigned sends a request that nobody has signed, with headers given as pairs.
func (c *s3Client) unsigned(method, path, body string, headers ...string) s3Reply {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+c.root+path, strings.NewReader(body))
	check.NoError(c.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(r)
	check.NoError(c.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check.NoError(c.t, err)
	return s3Reply{response.StatusCode, response.Header, string(text)}
}

// TestS3SettingsAtEveryNode says at one node what anybody and what pages of other
// origins may do, and finds it at every node at once; then objects are renamed and
// come by forms, through each of them.
func TestS3SettingsAtEveryNode(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]aistest.Options{
		"roles apart":    {Proxies: 2, Targets: 2},
		"roles together": {All: 2, OnePort: true},
	} {
		t.Run(name, func(t *testing.T) { s3SettingsAtEveryNode(t, aistest.Start(t, o)) })
	}
}

func s3SettingsAtEveryNode(t *testing.T, c *aistest.Cluster) {
	const cors = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
	clients := s3Clients(t, c)
	clients[0].want(200, "PUT", "/b", "")
	clients[0].want(200, "PUT", "/b/o", "content")
	for i, client := range clients {
		client.want(200, "PUT", "/b?acl=", "", "X-Amz-Acl", "public-read-write")
		client.want(200, "PUT", "/b?cors=", cors)
		client.want(204, "PUT", "/b?tagging=", "<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag></TagSet></Tagging>")
		name := "form" + string(rune('0'+i))
		for _, reader := range clients {
			check.Equal(t, reader.unsigned("GET", "/b/o", "").body, "content")
			asked := reader.unsigned("OPTIONS", "/b/o", "", "Origin", "http://page", "Access-Control-Request-Method", "GET")
			check.Equal(t, asked.header.Get("Access-Control-Allow-Origin"), "*")
			check.Equal(t, reader.unsigned("GET", "/b?acl=", "").status, 403)
			check.Contains(t, reader.want(200, "GET", "/b?tagging=", "").body, "<Key>team</Key>")

			form := "--X\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" + name + "\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + reader.base + "\r\n--X--\r\n"
			check.Equal(t, reader.unsigned("POST", "/b", form, "Content-Type", "multipart/form-data; boundary=X").status, 204)
			client.want(200, "PUT", "/b/renamed-"+name+"?renameObject=", "", "X-Amz-Rename-Source", name)
			check.Equal(t, reader.want(200, "GET", "/b/renamed-"+name, "").body, reader.base)
			reader.want(404, "GET", "/b/"+name, "")
		}
		client.want(200, "PUT", "/b?acl=", "", "X-Amz-Acl", "private")
		for _, reader := range clients {
			check.Equal(t, reader.unsigned("GET", "/b/o", "").status, 403)
			check.Equal(t, reader.unsigned("PUT", "/b/new", "x").status, 403)
		}
	}
}

// TestS3PublicBucketsNeedTheRightToSetAnACL: to make a bucket is no way round the right
// to say who may use it.
func TestS3PublicBucketsNeedTheRightToSetAnACL(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	_, err := c.Client().CreateS3Key(t.Context(), wire.S3Key{AccessKey: s3AccessKey, Secret: s3Secret, Access: uint64(access.CreateBucket)})
	check.NoError(t, err)
	client := &s3Client{t: t, http: c.HTTP(), base: c.Proxy(0).URL(), root: "/s3"}
	client.want(http.StatusForbidden, "PUT", "/open", "", "X-Amz-Acl", "public-read")
	client.want(http.StatusOK, "PUT", "/open", "", "X-Amz-Acl", "private")
}
