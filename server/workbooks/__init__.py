"""How is a filled workbook checked?"""
