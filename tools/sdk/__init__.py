"""The plugin's SDK for Node, as `pulumi package add` writes it, for the TypeScript example."""
