import * as pulumi from "@pulumi/pulumi";
import * as eci from "pulumi-eci";

const config = new pulumi.Config();
const images = [config.get("image") ?? "nginx:1.27", "redis:7.4"];

const web = new eci.ImageCache("web", {
    images,
    eliminationStrategy: "LRU",
    retentionDays: 7,
    tags: { team: "web" },
    imageRegistryCredentials: [
        {
            server: "registry.example.com",
            userName: "puller",
            password: config.getSecret("registryPassword") ?? pulumi.secret("none"),
        },
    ],
}, { customTimeouts: { create: "30m" } });

// The same account, another region.
const beijing = new eci.Provider("beijing", { region: "cn-beijing", createsPerMinute: 60 });
new eci.ImageCache("web-beijing", { images, eliminationStrategy: "LRU" }, { provider: beijing });

// The caches that a pod with these images can use, the best match first.
const usable = eci.getImageCachesOutput({ match: images, status: "Ready" }, { dependsOn: [web] });

export const id = web.id;
export const snapshot = web.snapshotId;
export const best = usable.caches.apply((caches) => caches[0]?.id);
