"""The pages of those who keep the programme's books: entries, periods, bank statements. One file per subject."""
