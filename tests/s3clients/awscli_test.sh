#!/usr/bin/env bash
# What the aws command line does with a cluster, through each of the endpoints in
# S3_ENDPOINTS: buckets, objects small and in parts, a tree of FILES files (default
# 300) there and back, presigned URLs.
set -euo pipefail
trap 'echo "line $LINENO"' ERR
command -v aws >/dev/null || { echo "there is no aws: left out"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AWS_CONFIG_FILE=$work/config AWS_MAX_ATTEMPTS=2
aws configure set default.s3.multipart_threshold 8MB
aws configure set default.s3.multipart_chunksize 5MB

mkdir -p "$work/tree/a/b" "$work/tree/with space"
for i in $(seq "${FILES:-300}"); do
	head -c $((i * 7)) /dev/urandom >"$work/tree/a/b/$i"
done
echo "content" >"$work/tree/with space/ä+b"
head -c 12345678 /dev/urandom >"$work/tree/large"

number=0
for endpoint in $S3_ENDPOINTS; do
	number=$((number + 1))
	s3() { aws --endpoint-url "$endpoint" s3 "$@"; }
	bucket=s3://awscli-$number
	s3 mb "$bucket" >/dev/null
	s3 sync --quiet "$work/tree" "$bucket/tree"
	s3 sync --quiet "$bucket/tree" "$work/back"
	diff -r "$work/tree" "$work/back"
	[ -z "$(s3 sync --dryrun "$work/tree" "$bucket/tree")" ]
	[ "$(s3 ls --recursive "$bucket" | wc -l)" = $((${FILES:-300} + 2)) ]
	s3 ls "$bucket/tree/" | grep 'PRE with space/' >/dev/null
	s3 cp --quiet "$bucket/tree/large" "$bucket/copy"
	s3 cp "$bucket/copy" - | cmp - "$work/tree/large"
	s3 cp --quiet - "$bucket/stdin" <"$work/tree/large"
	curl -fsS "$(s3 presign "$bucket/stdin")" | cmp - "$work/tree/large"
	s3 mv --quiet "$bucket/stdin" "$bucket/moved"
	! s3 ls "$bucket/stdin" >/dev/null
	! s3 rb "$bucket" 2>/dev/null
	s3 rm --quiet --recursive "$bucket"
	s3 rb "$bucket" >/dev/null
	rm -rf "$work/back"
	echo "$endpoint"
done
