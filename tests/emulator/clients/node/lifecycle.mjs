// Drives the life of an image cache with the vendor's Node SDK and prints what it saw as JSON.
// Usage: node lifecycle.mjs HOST:PORT
import eci from "@alicloud/eci20180808";
import openapi from "@alicloud/openapi-client";

const DEADLINE_MS = 20_000;
const regionId = "cn-hangzhou";
const [, , endpoint] = process.argv;

function client(accessKeySecret) {
  const config = { accessKeyId: "testid", accessKeySecret, endpoint, protocol: "http" };
  return new eci.default(new openapi.Config(config));
}

async function describe(sdk, imageCacheId) {
  const request = new eci.DescribeImageCachesRequest({ regionId, imageCacheId });
  return (await sdk.describeImageCaches(request)).body.imageCaches;
}

async function ready(sdk, imageCacheId) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const [cache] = await describe(sdk, imageCacheId);
    if (cache.status === "Ready") return cache;
    if (Date.now() > deadline) throw new Error(`still ${cache.status}`);
  }
}

const sdk = client("testsecret");
const created = (await sdk.createImageCache(new eci.CreateImageCacheRequest({
  regionId,
  imageCacheName: "web",
  image: ["nginx:1.27", "redis:7"],
  flash: false,
  tag: [new eci.CreateImageCacheRequestTag({ key: "k 1", value: "v&=2*~+/ü" })],
}))).body;
const first = await ready(sdk, created.imageCacheId);
await sdk.updateImageCache(new eci.UpdateImageCacheRequest({
  regionId,
  imageCacheId: created.imageCacheId,
  imageCacheName: "web",
  image: ["nginx:1.28"],
}));
const second = await ready(sdk, created.imageCacheId);
await sdk.deleteImageCache(new eci.DeleteImageCacheRequest({ regionId, imageCacheId: created.imageCacheId }));
const left = await describe(sdk, created.imageCacheId);
const refusal = await describe(client("wrong"), "imc-none").then(() => "none", (error) => error.code);

console.log(JSON.stringify({
  tag: [first.tags[0].key, first.tags[0].value],
  images: [first.images, second.images],
  rebuilt: first.snapshotId !== second.snapshotId,
  left: left.length,
  refusal,
}));
