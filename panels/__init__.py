"""What the sidebar, the preferences and the menus show, from cached state only."""
