# make up, down, status
