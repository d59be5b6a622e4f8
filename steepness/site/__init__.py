"""All that was found, hung together: a front page over studies, comparisons and nights, and the tables of READMEs."""
