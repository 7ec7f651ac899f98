package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"aistore/api"
	"aistore/api/apitest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
)

// A bucket is created, an object stored and read back.
func Example() {
	cluster := apitest.Run(apitest.Options{Targets: 3}) // in real life it runs already
	defer cluster.Close()

	ctx := context.Background()
	client, err := api.New(api.Options{Endpoint: cluster.URL("proxy001")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	train := wire.Bucket{Name: "train", Provider: wire.ProviderAIS}
	if err := client.CreateBucket(ctx, train, nil); err != nil && !errors.Is(err, errs.Exists) {
		fmt.Println(err)
		return
	}
	if _, err := client.PutBytes(ctx, train, "cats/1.txt", []byte("meow"), api.PutOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	data, object, err := client.GetBytes(ctx, train, "cats/1.txt", nil, api.GetOptions{})
	fmt.Printf("%s, version %s, %v\n", data, object.Version, err)
	// Output: meow, version 1, <nil>
}

// A large object is streamed; its checksum has matched when there is no error.
func ExampleClient_Get() {
	cluster := apitest.Run(apitest.Options{})
	defer cluster.Close()
	client, train := connected(cluster)
	defer client.Close()

	reader, err := client.Get(context.Background(), train, "greeting", api.GetOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reader.Close()
	if _, err := io.Copy(os.Stdout, reader); err != nil {
		fmt.Println(err)
	}
	// Output: hello, world
}

// A range is read with an offset and a length.
func ExampleClient_GetBytes_range() {
	cluster := apitest.Run(apitest.Options{})
	defer cluster.Close()
	client, train := connected(cluster)
	defer client.Close()

	o := api.GetOptions{Offset: 7, Length: 5}
	data, _, err := client.GetBytes(context.Background(), train, "greeting", nil, o)
	fmt.Printf("%s %v\n", data, err)
	// Output: world <nil>
}

// Compute makes the server refuse what has changed on its way.
func ExampleClient_PutBytes() {
	cluster := apitest.Run(apitest.Options{})
	defer cluster.Close()
	client, train := connected(cluster)
	defer client.Close()

	o := api.PutOptions{Compute: checksum.XXHash2}
	_, err := client.PutBytes(context.Background(), train, "o", []byte("content"), o)
	fmt.Println(err)
	// Output: <nil>
}

// Errors are told apart by kind.
func ExampleClient_Head() {
	cluster := apitest.Run(apitest.Options{})
	defer cluster.Close()
	client, train := connected(cluster)
	defer client.Close()

	_, err := client.Head(context.Background(), train, "nosuch")
	fmt.Println(errors.Is(err, errs.NotFound), errs.PublicOf(err))
	// Output: true object ais://train/nosuch does not exist
}

// A listing is a loop; pages are fetched as it goes on.
func ExampleClient_List() {
	cluster := apitest.Run(apitest.Options{})
	defer cluster.Close()
	client, train := connected(cluster)
	defer client.Close()

	for entry, err := range client.List(context.Background(), train, api.ListOptions{Prefix: "g"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(entry.Name, entry.Size)
	}
	// Output: greeting 12
}

// connected is what the examples begin with: a bucket with one object.
func connected(cluster *apitest.Cluster) (*api.Client, wire.Bucket) {
	train := wire.Bucket{Name: "train", Provider: wire.ProviderAIS}
	cluster.Put(train, "greeting", []byte("hello, world"))
	client, err := api.New(api.Options{Endpoint: cluster.URL("proxy001")})
	if err != nil {
		fmt.Println(err)
	}
	return client, train
}

// A large object comes in parts, on several connections at a time.
func ExampleClient_Download() {
	cluster := apitest.Run(apitest.Options{})
	defer cluster.Close()
	client, train := connected(cluster)
	defer client.Close()

	f, err := os.CreateTemp("", "greeting")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	defer f.Close()
	o, err := client.Download(context.Background(), train, "greeting", f, api.DownloadOptions{Part: 4})
	fmt.Println(o.Size, err)
	// Output: 12 <nil>
}
