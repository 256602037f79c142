"""What a Pulumi program writes: arguments, `ImageCache`, `ImageCacheFleet` and `images_in`."""
