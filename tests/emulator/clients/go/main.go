// Drives the life of an image cache with the vendor's older Go SDK, which signs queries with
// HMAC-SHA1, and prints what it saw as JSON.
//
// Usage: go run . HOST:PORT
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/eci"
)

const (
	region   = "cn-hangzhou"
	deadline = 20 * time.Second
)

type cache = eci.DescribeImageCachesImageCache0

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func client(secret string) *eci.Client {
	made, err := eci.NewClientWithAccessKey(region, "testid", secret)
	check(err)
	made.Domain = os.Args[1]
	made.GetConfig().WithScheme("HTTP")
	return made
}

func describe(sdk *eci.Client, id string) ([]cache, error) {
	request := eci.CreateDescribeImageCachesRequest()
	request.RegionId, request.ImageCacheId = region, id
	response, err := sdk.DescribeImageCaches(request)
	if err != nil {
		return nil, err
	}
	return response.ImageCaches, nil
}

func ready(sdk *eci.Client, id string) cache {
	for end := time.Now().Add(deadline); ; {
		found, err := describe(sdk, id)
		check(err)
		if found[0].Status == "Ready" {
			return found[0]
		}
		if time.Now().After(end) {
			check(fmt.Errorf("still %s", found[0].Status))
		}
	}
}

func create(sdk *eci.Client) string {
	request := eci.CreateCreateImageCacheRequest()
	request.RegionId, request.ImageCacheName = region, "web"
	request.Image = []string{"nginx:1.27", "redis:7"}
	request.RetentionDays = requests.NewInteger(7)
	response, err := sdk.CreateImageCache(request)
	check(err)
	return response.ImageCacheId
}

// update uses the SDK's generic request, because this SDK has no UpdateImageCache of its own.
func update(sdk *eci.Client, id string) {
	request := requests.NewCommonRequest()
	request.Method, request.Scheme, request.Domain = "POST", "http", os.Args[1]
	request.Version, request.ApiName = "2018-08-08", "UpdateImageCache"
	request.QueryParams = map[string]string{
		"RegionId": region, "ImageCacheId": id, "ImageCacheName": "web", "Image.1": "nginx:1.28",
		"Tag.1.Key": "k 1", "Tag.1.Value": "v&=2*~+/ü",
	}
	_, err := sdk.ProcessCommonRequest(request)
	check(err)
}

func main() {
	sdk := client("testsecret")
	id := create(sdk)
	first := ready(sdk, id)
	update(sdk, id)
	second := ready(sdk, id)
	request := eci.CreateDeleteImageCacheRequest()
	request.RegionId, request.ImageCacheId = region, id
	_, err := sdk.DeleteImageCache(request)
	check(err)
	left, err := describe(sdk, id)
	check(err)
	refusal := "none"
	if _, err := describe(client("wrong"), id); err != nil {
		refusal = err.Error()
		if server, ok := err.(*sdkerrors.ServerError); ok {
			refusal = server.ErrorCode() + ", " + server.Recommend()
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"images":  [][]string{first.Images, second.Images},
		"rebuilt": first.SnapshotId != second.SnapshotId,
		"left":    len(left),
		"refusal": refusal,
	}))
}
