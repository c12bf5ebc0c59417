"""What speaks to the service: HTTP, a worker thread, the launcher. No bpy."""
