"""Who a component is: tokens that the backbone issues and that every component verifies by itself."""
