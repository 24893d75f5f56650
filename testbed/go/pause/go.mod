module example.com/testbed/pause

go 1.26.0
