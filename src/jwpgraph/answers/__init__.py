"""Questions in words about animals, countries and treaties, and what the release being served answers to them."""
