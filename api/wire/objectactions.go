package wire

// CompletedPart names a part of the object that an upload is to become. The
// value of ActionCompleteUpload is a list of them, in order.
type CompletedPart struct {
	Number int    `json:"part-number"`
	ETag   string `json:"etag"` // of the part, that is its MD5; "" is any
}

// Promotion is the value of ActionPromote: files that targets can read become
// objects. The name of the action is the path, if Source is "".
type Promotion struct {
	Target       string `json:"tid"` // that has the files; "" is every target, or the one that will have the object
	Source       string `json:"src"` // absolute path of a file or directory
	Object       string `json:"obj"` // name; before that of the file if it is "" or ends in a slash, or of a directory
	Recursive    bool   `json:"rcr"`
	Overwrite    bool   `json:"ovw"`
	DeleteSource bool   `json:"dls"`
	NotShared    bool   `json:"notshr"` // the targets do not see the same files under that path
}
