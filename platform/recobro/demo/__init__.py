"""Two sandbox agencies with a fixed story, made by the product's own services."""
