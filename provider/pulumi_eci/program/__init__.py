"""The API for Pulumi programs: arguments, `ImageCache`, `ImageCacheFleet` and `images_in`."""
