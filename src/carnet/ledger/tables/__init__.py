"""Tables: the lines of books as files that people and machines read, and lines of the programme read from such files.

One iterator of rows makes every form of file; a file that is read is looked through whole before anything is entered.
"""
