"""stub"""
from wasmlab.syntax.module import Names
def read_customs(data, customs):
    return Names(), ()
