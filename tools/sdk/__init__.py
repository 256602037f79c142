"""The plugin's SDK for Node, as `pulumi package add` writes it; the TypeScript example uses it."""
