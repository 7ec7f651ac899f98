package s3

import (
	"net/http"
	"strconv"
	"strings"

	"aistore/access"
	"aistore/ais/rest"
)

// place is where an operation is done.
type place uint8

const (
	anywhere  place = iota // where the request came in
	atOwner                // at the target that owns the object
	atPrimary              // at the primary
)

// operation is one of the API.
type operation struct {
	need   access.Bits
	place  place
	absent bool // the bucket need not exist
	signed bool // it is not for those whom a public bucket lets in
	do     func(*call) error
}

// choice is an operation for requests whose query has a parameter; "" is for all.
type choice struct {
	parameter string
	operation operation
}

// find returns the operation that a request asks for. Errors: Method, Unsupported.
func find(r *http.Request, o *rest.ObjectRequest) (operation, error) {
	if r.Method == http.MethodOptions && o.Bucket.Name != "" {
		return operation{need: access.None, absent: true, do: (*call).preflight}, nil
	}
	table := ofService
	switch p, _ := o.Proof.(*proof); {
	case p != nil && p.form != nil:
		return operation{need: access.PutObject, place: atOwner, do: (*call).postObject}, nil
	case o.Object != "":
		table = ofObject
	case o.Bucket.Name != "":
		table = ofBucket
	}
	for _, c := range table(r) {
		if c.parameter == "" {
			return c.operation, checkPlain(r, o)
		}
		if o.Query.Has(c.parameter) {
			return c.operation, nil
		}
	}
	return operation{}, refuse(codeMethodNotAllowed)
}

// checkPlain refuses a change of a bucket or an object itself whose query names
// something of it: that must not be taken for the whole. Errors: Unsupported.
func checkPlain(r *http.Request, o *rest.ObjectRequest) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.URL.RawQuery == "" {
		return nil
	}
	for name := range r.URL.Query() {
		ofVersion := name == "versionId" && r.Method == http.MethodDelete && o.Object != ""
		if !ofVersion && !isPlain(strings.ToLower(name)) {
			return refuseWith(codeNotImplemented, "There is no such operation with the parameter "+strconv.Quote(name)+" in the query: leave it out.")
		}
	}
	return nil
}

// isPlain tells whether a parameter, in lower case, says how a request is meant, and
// not of what: who signed it, headers in a presigned URL, what clients count by.
func isPlain(name string) bool {
	switch name {
	case "awsaccesskeyid", "signature", "expires", "content-type", "content-md5", "":
		return true
	}
	return strings.HasPrefix(name, "x-")
}

func ofService(r *http.Request) []choice {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return []choice{{"", operation{need: access.ListBuckets, do: (*call).listBuckets}}}
	}
	return nil
}

func ofBucket(r *http.Request) []choice {
	switch r.Method {
	case http.MethodGet:
		list := operation{need: access.ListObjects, do: (*call).listObjects}
		uploads := operation{need: access.ListObjects, do: (*call).listUploads}
		versions := operation{need: access.ListObjects, do: (*call).listVersions}
		return append(append(unconfigured(), settable(r.Method)...), choice{"uploads", uploads}, choice{"versions", versions}, choice{"", list})
	case http.MethodHead:
		return []choice{{"", operation{need: access.HeadBucket, do: (*call).headBucket}}}
	case http.MethodPut:
		return append(append(unsettable(), settable(r.Method)...), choice{"", operation{need: access.CreateBucket, place: atPrimary, absent: true, do: (*call).createBucket}})
	case http.MethodDelete:
		return append(append(unsettable(), settable(r.Method)...), choice{"", operation{need: access.DestroyBucket, place: atPrimary, do: (*call).deleteBucket}})
	case http.MethodPost:
		return []choice{
			{"delete", operation{need: access.DeleteObject, do: (*call).deleteObjects}},
			{"", operation{need: access.PutObject, do: (*call).postObject}},
		}
	}
	return nil
}

func ofObject(r *http.Request) []choice {
	at := func(parameter string, need access.Bits, do func(*call) error) choice {
		return choice{parameter, operation{need: need, place: atOwner, do: do}}
	}
	switch r.Method {
	case http.MethodGet:
		return []choice{
			at("uploadId", access.PutObject, (*call).listParts),
			at("attributes", access.HeadObject, (*call).getAttributes),
			at("tagging", access.HeadObject, (*call).getTagging),
			at("acl", access.HeadObject, (*call).getACL),
			at("retention", access.HeadObject, (*call).getRetention),
			at("legal-hold", access.HeadObject, (*call).getLegalHold),
			at("torrent", access.GetObject, (*call).notImplemented),
			at("", access.GetObject, (*call).getObject),
		}
	case http.MethodHead:
		return []choice{at("", access.HeadObject, (*call).headObject)}
	case http.MethodPut:
		return []choice{
			at("uploadId", access.PutObject, ofSource(r, (*call).copyPart, (*call).uploadPart)),
			at("tagging", access.UpdateObject, (*call).putTagging),
			at("acl", access.UpdateObject, (*call).putObjectACL),
			at("retention", access.UpdateObject, (*call).putRetention),
			at("legal-hold", access.UpdateObject, (*call).putLegalHold),
			at("renameObject", access.PutObject, (*call).renameObject),
			at("", access.PutObject, ofSource(r, (*call).copyObject, (*call).putObject)),
		}
	case http.MethodDelete:
		return []choice{
			at("uploadId", access.PutObject, (*call).abortUpload),
			at("tagging", access.UpdateObject, (*call).deleteTagging),
			at("", access.DeleteObject, (*call).deleteObject),
		}
	case http.MethodPost:
		return []choice{
			at("uploads", access.PutObject, (*call).createUpload),
			at("uploadId", access.PutObject, (*call).completeUpload),
			at("select", access.GetObject, (*call).notImplemented),
			at("restore", access.UpdateObject, (*call).notImplemented),
		}
	}
	return nil
}

// ofSource chooses between what takes the content of an object, if the request names
// one, and what takes that of the request.
func ofSource(r *http.Request, object, content func(*call) error) func(*call) error {
	if r.Header["X-Amz-Copy-Source"] != nil || strings.Contains(strings.ToLower(r.URL.RawQuery), "x-amz-copy-source=") {
		return object
	}
	return content
}

// notImplemented refuses what is not there.
func (c *call) notImplemented() error { return refuse(codeNotImplemented) }
