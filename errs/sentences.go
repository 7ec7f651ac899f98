package errs

import "strconv"

// BucketNotFound returns the NotFound error of an ais:// bucket, given as URL.
func BucketNotFound(op, bucket string) *Error {
	return sentence(op, bucket, NotFound, CodeBucketNotFound, "bucket "+strconv.Quote(bucket)+" does not exist")
}

// RemoteBucketNotFound returns the NotFound error of a bucket of a remote
// backend, given as URL.
func RemoteBucketNotFound(op, bucket string) *Error {
	return sentence(op, bucket, NotFound, CodeRemoteBucketNotFound, "remote bucket "+strconv.Quote(bucket)+" does not exist")
}

// BucketExists returns the Exists error of a bucket, given as URL.
func BucketExists(op, bucket string) *Error {
	return sentence(op, bucket, Exists, CodeBucketExists, "bucket "+strconv.Quote(bucket)+" already exists")
}

// ObjectNotFound returns the NotFound error of an object, given as URL
// ("ais://bucket/object"): clients look for the URL in the text.
func ObjectNotFound(op, object string) *Error {
	return sentence(op, object, NotFound, CodeObjectNotFound, "object "+object+" does not exist")
}

func sentence(op, subject string, kind Kind, code, public string) *Error {
	return &Error{Op: op, Subject: subject, Kind: kind, Code: code, Public: public}
}
