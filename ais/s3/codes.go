package s3

import "aistore/errs"

// Codes of the S3 API reference.
const (
	codeAccessDenied        = "AccessDenied"
	codeAccessForbidden     = "AccessForbidden"
	codeBadRequest          = "BadRequest"
	codeBadDigest           = "BadDigest"
	codeBucketExists        = "BucketAlreadyOwnedByYou"
	codeBucketName          = "InvalidBucketName"
	codeBucketNotEmpty      = "BucketNotEmpty"
	codeEntityTooLarge      = "EntityTooLarge"
	codeEntityTooSmall      = "EntityTooSmall"
	codeInternal            = "InternalError"
	codeFormHead            = "MaxPostPreDataLengthExceededError"
	codeInvalidArgument     = "InvalidArgument"
	codeInvalidFormPolicy   = "InvalidPolicyDocument"
	codeInvalidDigest       = "InvalidDigest"
	codeInvalidPart         = "InvalidPart"
	codeInvalidPartNumber   = "InvalidPartNumber"
	codeInvalidPartOrder    = "InvalidPartOrder"
	codeInvalidRange        = "InvalidRange"
	codeInvalidRequest      = "InvalidRequest"
	codeInvalidStorageClass = "InvalidStorageClass"
	codeInvalidBucketState  = "InvalidBucketState"
	codeInvalidTag          = "InvalidTag"
	codeKeyTooLong          = "KeyTooLongError"
	codeMalformedForm       = "MalformedPOSTRequest"
	codeMalformedPolicy     = "MalformedPolicy"
	codeMalformedXML        = "MalformedXML"
	codeMalformedTrailer    = "MalformedTrailerError"
	codeMetadataTooLarge    = "MetadataTooLarge"
	codeMethodNotAllowed    = "MethodNotAllowed"
	codeMissingLength       = "MissingContentLength"
	codeNoFormKey           = "UserKeyMustBeSpecified"
	codeNoSpace             = "InsufficientStorage"
	codeNoSuchBucket        = "NoSuchBucket"
	codeNoSuchKey           = "NoSuchKey"
	codeNoSuchUpload        = "NoSuchUpload"
	codeNoSuchVersion       = "NoSuchVersion"
	codeNotImplemented      = "NotImplemented"
	codeNotModified         = "NotModified"
	codeOperationAborted    = "OperationAborted"
	codePrecondition        = "PreconditionFailed"
	codeRequestTimeout      = "RequestTimeout"
	codeSlowDown            = "SlowDown"
	codeUnavailable         = "ServiceUnavailable"
	codeUnknownKey          = "InvalidAccessKeyId"
)

// row is what the API says of a code.
type row struct {
	kind     errs.Kind
	status   int
	sentence string
}

// rows returns what the API says of the codes whose status is not that of their
// kind, or that are used without a sentence of their own.
func rows() map[string]row {
	return map[string]row{
		codeAccessDenied:        {errs.Forbidden, 403, "Access Denied"},
		codeAccessForbidden:     {errs.Forbidden, 403, "CORSResponse: This CORS request is not allowed."},
		codeBadRequest:          {errs.Invalid, 400, "Bad Request"},
		codeBadDigest:           {errs.Invalid, 400, "The Content-MD5 or checksum value that you specified did not match what the server received."},
		codeBucketExists:        {errs.Exists, 409, "Your previous request to create the named bucket succeeded and you already own it."},
		codeBucketName:          {errs.Invalid, 400, "The specified bucket is not valid."},
		codeBucketNotEmpty:      {errs.Conflict, 409, "The bucket you tried to delete is not empty."},
		codeEntityTooLarge:      {errs.TooLarge, 400, "Your proposed upload exceeds the maximum allowed object size."},
		codeEntityTooSmall:      {errs.Invalid, 400, "Your proposed upload is smaller than the minimum allowed object size."},
		codeInternal:            {errs.Internal, 500, "We encountered an internal error. Please try again."},
		codeInvalidArgument:     {errs.Invalid, 400, "Invalid Argument"},
		codeInvalidDigest:       {errs.Invalid, 400, "The Content-MD5 or checksum value that you specified is not valid."},
		codeInvalidPart:         {errs.Invalid, 400, "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag."},
		codeInvalidPartNumber:   {errs.Range, 416, "The requested partnumber is not satisfiable."},
		codeInvalidPartOrder:    {errs.Invalid, 400, "The list of parts was not in ascending order. Parts list must be specified in order by part number."},
		codeInvalidRange:        {errs.Range, 416, "The requested range is not satisfiable."},
		codeInvalidRequest:      {errs.Invalid, 400, "Invalid Request"},
		codeInvalidStorageClass: {errs.Invalid, 400, "The storage class you specified is not valid."},
		codeInvalidBucketState:  {errs.Conflict, 409, "The request is not valid with the current state of the bucket."},
		codeInvalidTag:          {errs.Invalid, 400, "The tag provided was not a valid tag."},
		codeKeyTooLong:          {errs.Invalid, 400, "Your key is too long."},
		codeFormHead:            {errs.Invalid, 400, "Your POST request fields preceding the upload file were too large."},
		codeInvalidFormPolicy:   {errs.Invalid, 400, "The content of the form does not meet the conditions specified in the policy document."},
		codeMalformedForm:       {errs.Invalid, 400, "The body of your POST request is not well-formed multipart/form-data."},
		codeNoFormKey:           {errs.Invalid, 400, "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."},
		codeMalformedPolicy:     {errs.Invalid, 400, "Policies must be valid JSON and the first byte must be '{'"},
		codeMalformedXML:        {errs.Invalid, 400, "The XML you provided was not well-formed or did not validate against our published schema."},
		codeMalformedTrailer:    {errs.Invalid, 400, "The request contained trailing data that was not well-formed or did not conform to our published schema."},
		codeMetadataTooLarge:    {errs.Invalid, 400, "Your metadata headers exceed the maximum allowed metadata size."},
		codeMethodNotAllowed:    {errs.Method, 405, "The specified method is not allowed against this resource."},
		codeMissingLength:       {errs.Invalid, 411, "You must provide the Content-Length HTTP header."},
		codeNoSpace:             {errs.NoSpace, 507, "There is no room for the object."},
		codeNoSuchBucket:        {errs.NotFound, 404, "The specified bucket does not exist"},
		codeNoSuchKey:           {errs.NotFound, 404, "The specified key does not exist."},
		codeNoSuchUpload:        {errs.NotFound, 404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
		codeNoSuchVersion:       {errs.NotFound, 404, "The specified version does not exist."},
		codeNotImplemented:      {errs.Unsupported, 501, "A header or query you provided implies functionality that is not implemented."},
		codeOperationAborted:    {errs.Busy, 409, "A conflicting conditional operation is currently in progress against this resource. Try again."},
		codePrecondition:        {errs.Precondition, 412, "At least one of the pre-conditions you specified did not hold"},
		codeRequestTimeout:      {errs.Unavailable, 400, "Your socket connection to the server was not read from or written to within the timeout period."},
		codeSlowDown:            {errs.Throttled, 503, "Please reduce your request rate."},
		codeUnavailable:         {errs.Unavailable, 503, "Service is unable to handle request."},
		codeUnknownKey:          {errs.Forbidden, 403, "The AWS Access Key Id you provided does not exist in our records."},

		"NoSuchTagSet":                                   {errs.NotFound, 404, "The TagSet does not exist"},
		"NoSuchCORSConfiguration":                        {errs.NotFound, 404, "The CORS configuration does not exist"},
		"NoSuchBucketPolicy":                             {errs.NotFound, 404, "The bucket policy does not exist"},
		"NoSuchLifecycleConfiguration":                   {errs.NotFound, 404, "The lifecycle configuration does not exist"},
		"NoSuchWebsiteConfiguration":                     {errs.NotFound, 404, "The specified bucket does not have a website configuration"},
		"NoSuchPublicAccessBlockConfiguration":           {errs.NotFound, 404, "The public access block configuration was not found"},
		"NoSuchObjectLockConfiguration":                  {errs.NotFound, 404, "The specified object does not have a ObjectLock configuration"},
		"ObjectLockConfigurationNotFoundError":           {errs.NotFound, 404, "Object Lock configuration does not exist for this bucket"},
		"OwnershipControlsNotFoundError":                 {errs.NotFound, 404, "The bucket ownership controls were not found"},
		"ReplicationConfigurationNotFoundError":          {errs.NotFound, 404, "The replication configuration was not found"},
		"ServerSideEncryptionConfigurationNotFoundError": {errs.NotFound, 404, "The server side encryption configuration was not found"},
	}
}
