"""From the files of a plan to its values, or to the list of what is wrong with them."""
