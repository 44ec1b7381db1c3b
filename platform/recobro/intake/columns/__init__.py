"""What a column holds and which field it is: by memory, by heading, by content; amounts and days by strict grammars."""
