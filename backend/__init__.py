"""The reconstruction service: own process, own environment, torch. No bpy."""
